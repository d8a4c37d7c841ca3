"""How evenly colours change where one shot is dissolved into the next.

python -m benchmarks.dissolves RESULT [--shots FILE.csv] [--frames]

From each frame to the next: how far Cb and Cr change, as the mean over the pixels of the length of
(Cb, Cr)'s change in 8-bit levels, and how far their mean over the picture does. Printed for the shots'
insides, for each dissolve and for each cut, beside the median of all frames that follow no cut. Shots
are found, or taken from the list. A dissolve whose colours snap has one change of many times the median.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.records import FilmInfo, Shot
from tcvc_cli.run.film.scan import shots_of
from tcvc_cli.run.shot_list.csv_list import read_csv

_AROUND_FRAMES = 2  # of a dissolve, in which a snap at its edge would show


@dataclass(frozen=True, slots=True)
class Changes:
    """`pixel[i]` and `mean[i]`, in 8-bit levels, are from frame `i` to frame `i + 1`."""

    pixel: NDArray[np.float64]
    mean: NDArray[np.float64]


def chroma_changes(film: FilmInfo) -> Changes:
    """Of all frames of a film that has chroma planes."""
    pixel, mean = [], []
    before: NDArray[np.float32] | None = None
    for chroma in _chroma(film):
        if before is not None:
            difference = chroma - before
            pixel.append(float(np.hypot(*difference).mean()))
            mean.append(float(np.hypot(*difference.mean((1, 2)))))
        before = chroma
    return Changes(np.array(pixel), np.array(mean))


def _chroma(film: FilmInfo) -> Iterator[NDArray[np.float32]]:
    """(2, h, w) of each frame, in 8-bit levels."""
    scale = np.float32(2 ** (film.pixel_format.bit_depth - 8))
    for frame in read_frames(film):
        assert frame.cb is not None
        assert frame.cr is not None
        yield np.stack([frame.cb, frame.cr]).astype(np.float32) / scale


def around(shot: Shot) -> range:
    """The changes that belong to how the shot begins: those of its dissolve, or the one of its cut."""
    if shot.dissolve is None:
        return range(shot.start - 1, shot.start)
    return range(max(0, shot.dissolve.start - 1 - _AROUND_FRAMES), shot.dissolve.stop + _AROUND_FRAMES)


def usual_change(changes: NDArray[np.float64], shots: Sequence[Shot]) -> float:
    """The median over all frames but those that follow a cut."""
    cuts = {shot.start - 1 for shot in shots[1:] if shot.dissolve is None}
    return float(np.median([change for number, change in enumerate(changes) if number not in cuts]))


def rows(changes: Changes, shots: Sequence[Shot]) -> Iterator[str]:
    usual = usual_change(changes.pixel, shots), usual_change(changes.mean, shots)
    yield f"{'':34}{'per pixel':>12}{'x median':>10}{'of the mean':>13}{'x median':>10}"
    yield f"{'median':34}{usual[0]:12.3f}{1:10.1f}{usual[1]:13.3f}{1:10.1f}"
    for number, shot in enumerate(shots[1:], 2):
        mixed = shot.dissolve
        kind = "cut" if mixed is None else f"dissolve {mixed.start} to {mixed.stop}"
        worst = max(around(shot), key=lambda place: float(changes.pixel[place]))
        pixel, mean = float(changes.pixel[worst]), float(changes.mean[list(around(shot))].max())
        name = f"shot {number}, {kind}, at {worst}"
        yield f"{name:34}{pixel:12.3f}{pixel / usual[0]:10.1f}{mean:13.3f}{mean / usual[1]:10.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("result", type=Path)
    parser.add_argument("--shots", type=Path)
    parser.add_argument("--frames", action="store_true", help="each change in and around a dissolve too")
    asked = parser.parse_args()
    film = probe(asked.result)
    changes = chroma_changes(film)
    shots = read_csv(asked.shots, len(changes.pixel) + 1) if asked.shots else shots_of(film)
    print("\n".join(rows(changes, shots)))
    if asked.frames:
        for place in (place for shot in shots[1:] if shot.dissolve for place in around(shot)):
            print(f"{place} to {place + 1}: {changes.pixel[place]:.3f}, {changes.mean[place]:.3f}")


if __name__ == "__main__":
    main()
