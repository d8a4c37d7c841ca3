"""Shots by the tool and by TransNetV2, clip by clip.

python -m benchmarks.shots FOLDER ...

A FOLDER holds films and folders of JPEG frames. Cuts agree when they are at most two frames apart; F1 is
the harmonic mean of the share of the tool's cuts that TransNetV2 has too and the share of TransNetV2's
that the tool has. Times are processor time, all cores together, without decoding.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.machine import probe
from benchmarks.transnet import TransNetDetector
from tcvc_cli.media.read.decode import read_small_luma
from tcvc_cli.media.read.probe import probe as probe_film
from tcvc_cli.plan.shots.detector import LumaShotDetector, ShotDetector, find_shots
from tcvc_cli.plan.shots.structure import Luma

TOLERANCE_FRAMES = 2
_LONG_SIDE_PX = 128


@dataclass(frozen=True, slots=True)
class Found:
    """First frames of all shots but the first, and the processor time that a frame took."""

    cuts: tuple[int, ...]
    ms_per_frame: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """Cuts of ours and theirs, and pairs of one of each that are the same cut."""

    ours: int
    theirs: int
    pairs: int

    def __add__(self, other: Agreement) -> Agreement:
        return Agreement(self.ours + other.ours, self.theirs + other.theirs, self.pairs + other.pairs)

    @property
    def precision(self) -> float:
        return self.pairs / self.ours if self.ours else 1.0

    @property
    def recall(self) -> float:
        return self.pairs / self.theirs if self.theirs else 1.0

    @property
    def f1(self) -> float:
        """1 where neither has a cut."""
        return 2 * self.pairs / (self.ours + self.theirs) if self.ours + self.theirs else 1.0


def agreement(
    ours: Sequence[int], theirs: Sequence[int], tolerance_frames: int = TOLERANCE_FRAMES
) -> Agreement:
    """Each cut is paired at most once, the earliest first."""
    left, pairs = sorted(theirs), 0
    for cut in sorted(ours):
        near = [other for other in left if abs(other - cut) <= tolerance_frames]
        if near:
            left.remove(near[0])
            pairs += 1
    return Agreement(len(ours), len(theirs), pairs)


def small_frames(path: Path) -> list[Luma]:
    """The film, or the folder of JPEG frames, as the tool gives it to its detector."""
    if not path.is_dir():
        return [luma for _, luma in read_small_luma(probe_film(path), _LONG_SIDE_PX)]
    return [_small(file) for file in sorted(path.glob("*.jpg"))]


def _small(file: Path) -> Luma:
    luma = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
    assert luma is not None, file
    scale = min(1.0, _LONG_SIDE_PX / max(luma.shape))
    size = (round(luma.shape[1] * scale), round(luma.shape[0] * scale))
    return np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.uint8)


def found(frames: Sequence[Luma], detector: ShotDetector) -> Found:
    started = time.process_time()
    shots = find_shots(frames, detector)
    seconds = time.process_time() - started
    return Found(tuple(shot.start for shot in shots[1:]), 1000 * seconds / len(frames))


def films(folders: Sequence[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(path for path in folder.iterdir() if path.is_dir() or path.suffix != ".md")


def row(name: str, frames: int, ours: Found, theirs: Found) -> str:
    cuts = " ".join(str(cut) for cut in ours.cuts) or "-"
    other = " ".join(str(cut) for cut in theirs.cuts) or "-"
    f1 = agreement(ours.cuts, theirs.cuts).f1
    return (
        f"{name[:32]:32s} {frames:6d} {f1:5.2f} {ours.ms_per_frame:8.2f} {theirs.ms_per_frame:8.2f}"
        f"  {cuts} | {other}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Compares the tool's shots with TransNetV2's.")
    parser.add_argument("folder", type=Path, nargs="+")
    folders = parser.parse_args().folder
    print(probe(), end="\n\n")
    print(f"{'clip':32s} frames    F1  ms/frame: tool, TransNetV2  cuts: tool | TransNetV2")
    total = Agreement(0, 0, 0)
    for path in films(folders):
        frames = small_frames(path)
        ours, theirs = found(frames, LumaShotDetector()), found(frames, TransNetDetector())
        total += agreement(ours.cuts, theirs.cuts)
        print(row(path.stem, len(frames), ours, theirs), flush=True)
    print(
        f"all: {total.ours} cuts by the tool, {total.theirs} by TransNetV2, {total.pairs} the same;"
        f" precision {total.precision:.2f}, recall {total.recall:.2f}, F1 {total.f1:.2f}"
    )


if __name__ == "__main__":
    main()
