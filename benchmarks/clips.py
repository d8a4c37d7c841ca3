"""How still the colours of films hold.

python -m benchmarks.clips FOLDER [--held-out] [--only NAME ...] [--frames N] [--sheets FOLDER]

FOLDER holds colour films and folders of JPEG frames. Each is turned grey and coloured three ways: by
the tool, by the same network frame by frame, and by the tool with anchors that do not hand their
colours on. Flicker is the warp error of ab over its mean chroma, with flow and mask from the grey film;
drift is the difference of the colours of frames an interval apart, along the flow between them. How right
the tool's colours are, over all pixels of all frames: gain over grey, hue agreement, amount and cast.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.coloring import Colorizer, add_model, chosen_network, grey_luma
from benchmarks.machine import probe
from tcvc_cli.color.chroma import rgb_from_planes
from tcvc_cli.color.lab import lab_from_rgb, rgb_from_lab
from tcvc_cli.color.lightness import lightness_from_luma
from tcvc_cli.measure.agreement import Agreement, AgreementSummary
from tcvc_cli.measure.cdc import CdcMeter
from tcvc_cli.measure.warp_error import FlowMeter, SteadinessMeter
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe as probe_film
from tcvc_cli.model.propagate import carry_colors, measure_motion
from tcvc_cli.plan.shots.detector import LumaShotDetector
from tcvc_cli.records import Shot
from tcvc_cli.train.material.motion import HELD_OUT
from tcvc_cli.train.material.photographs import read

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
INTERVAL = 16


@dataclass(frozen=True, slots=True)
class Film:
    """`luma` (H, W) uint8 full range and `rgb` (H, W, 3) of every frame, at most 480 px high."""

    name: str
    rgb: list[Bytes]
    luma: list[Bytes]

    def lightness(self, place: int) -> Floats:
        """(H, W) L* of one frame."""
        return lightness_from_luma(self.luma[place], bit_depth=8, full_range=True)

    def part(self, shot: Shot) -> Film:
        return Film(self.name, self.rgb[shot.start : shot.stop], self.luma[shot.start : shot.stop])

    def enlarged(self, colorizer: Colorizer, ab: Floats) -> list[Floats]:
        """(T, 2, h, w) -> (H, W, 2) of every frame."""
        return [colorizer.enlarge(small, luma) for small, luma in zip(ab, self.luma, strict=True)]


def films(root: Path, names: Sequence[str], most_frames: int) -> Iterator[Film]:
    """The films under `root`, all when `names` is empty."""
    for path in sorted(root.iterdir()):
        if (names and path.stem not in names) or path.suffix == ".md":  # a list of sources, beside the films
            continue
        frames = _folder(path) if path.is_dir() else _decoded(path)
        rgb = [small(frame) for frame in islice(frames, most_frames)]
        yield Film(path.stem, rgb, [grey_luma(frame) for frame in rgb])


def _folder(path: Path) -> Iterator[Bytes]:
    yield from (read(file) for file in sorted(path.glob("*.jpg")))


def _decoded(path: Path) -> Iterator[Bytes]:
    film = probe_film(path)
    for frame in read_frames(film):
        assert frame.cb is not None
        assert frame.cr is not None
        rgb = rgb_from_planes(
            frame.luma, frame.cb, frame.cr, pixel_format=film.pixel_format, color=film.color
        )
        yield np.rint(rgb * 255).astype(np.uint8)


def _rgb(lab: Floats) -> Bytes:
    return np.rint(rgb_from_lab(lab, clip=True) * 255).astype(np.uint8)


def small(frame: Bytes, height: int = 480) -> Bytes:
    h, w = frame.shape[:2]
    if h <= height:
        return frame
    return np.asarray(
        cv2.resize(frame, (round(w * height / h), height), interpolation=cv2.INTER_AREA), np.uint8
    )


def shots_of(luma: Sequence[Bytes]) -> tuple[Shot, ...]:
    detector = LumaShotDetector()
    for frame in luma:
        scale = 128 / max(frame.shape)
        size = (round(frame.shape[1] * scale), round(frame.shape[0] * scale))
        detector.feed(np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8))
    return detector.finish()


@dataclass(frozen=True, slots=True)
class Score:
    """Of one film's colours; `warp_error` and `chroma` in CIE units, means over its frames."""

    warp_error: float
    chroma: float
    cdc: float

    @property
    def flicker(self) -> float:
        return self.warp_error / self.chroma


def score(film: Film, ab: Sequence[Floats], shots: Sequence[Shot]) -> Score:
    """`ab` (H, W, 2) of every frame, CIE units. Nothing is compared across a cut."""
    errors, chromas, cdcs, weights = [], [], [], []
    for shot in (shot for shot in shots if len(shot) > 4):
        flow, steady, colors = FlowMeter(), SteadinessMeter(), CdcMeter()
        for place in range(shot.start, shot.stop):
            lightness = film.lightness(place)
            steady.add(ab[place], flow.add(lightness))
            colors.add(_rgb(np.dstack([lightness, ab[place]])))
        stillness, distribution = steady.result(), colors.result()
        assert stillness is not None
        assert distribution is not None
        errors.append(stillness.warp_error)
        chromas.append(stillness.chroma)
        cdcs.append(distribution.mean)
        weights.append(len(shot))
    return Score(*(float(np.average(values, weights=weights)) for values in (errors, chromas, cdcs)))


def drift(colorizer: Colorizer, lightness: torch.Tensor, ab: Floats) -> float:
    """Mean |ab - ab of the frame an interval before, carried along the flow|, where that is still seen."""
    motion = measure_motion(lightness, colorizer.network.flow_estimator(), colorizer.network.abilities.stride)
    total = weight = 0.0
    for place in range(INTERVAL, len(ab), INTERVAL):
        carried, trust = carry_colors(torch.from_numpy(ab[place - INTERVAL]), motion, place - INTERVAL, place)
        gap = (torch.from_numpy(ab[place]) - carried).square().sum(0, keepdim=True).sqrt()
        total, weight = total + float((gap * trust).sum()), weight + float(trust.sum())
    return total / weight if weight else float("nan")


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    truth: Score
    tool: Score
    by_frame: Score
    drift: float
    drift_alone: float
    agreement: Agreement

    def __str__(self) -> str:
        against_truth, against_frames = (self.tool.flicker / s.flicker for s in (self.truth, self.by_frame))
        return (
            f"{self.name[:30]:30s} {self.truth.flicker:6.3f} {self.tool.flicker:6.3f}"
            f" {self.by_frame.flicker:6.3f}"
            f" {against_truth:8.2f} {against_frames:8.2f} {self.tool.chroma / self.truth.chroma:8.2f}"
            f" {self.tool.cdc / self.truth.cdc:8.2f} {self.drift:7.2f} {self.drift_alone:7.2f} {'':16s}"
            f" {self.agreement.gain_over_grey_db:+6.2f} {_shown(self.agreement.hue_agreement)}"
            f" {_shown(self.agreement.amount)} {self.agreement.cast:6.2f}"
        )


HEADER = (
    f"{'':30s} flicker: truth, tool, by frame  /truth /by frame chroma/t. CDC/truth  drift  without agreement"
    "   gain    hue amount   cast"
)


def _shown(figure: float | None) -> str:
    return "     -" if figure is None else f"{figure:6.2f}"


def summary(rows: Sequence[Row]) -> str:
    """One line for all films, each counted alike; of the amounts the median."""
    of_all = AgreementSummary.of([row.agreement for row in rows])
    return (
        f"all {len(rows)}, each alike: gain {of_all.mean_gain_db:+.2f} dB, hue agreement"
        f" {of_all.hue_agreement:.2f}, amount {of_all.amount:.2f} (median), cast {of_all.cast:.2f};"
        f" {sum(row.agreement.gain_over_grey_db < 0 for row in rows)} worse than grey"
    )


def true_ab(rgb: Bytes) -> Floats:
    """(H, W, 2) in CIE units."""
    return lab_from_rgb(np.divide(rgb, 255, dtype=np.float32))[..., 1:]


def judge(film: Film, colorizer: Colorizer) -> tuple[Row, list[Floats]]:
    """All three colourings of one film; the row and the tool's ab."""
    shots = shots_of(film.luma)
    lightness = colorizer.lightness(film.luma)
    of_shots = [lightness[shot.start : shot.stop] for shot in shots]
    tool = [colorizer.film(part, interval=INTERVAL) for part in of_shots]
    alone = [colorizer.film(part, interval=INTERVAL, agreement=0) for part in of_shots]
    longest = max(range(len(shots)), key=lambda place: len(shots[place]))
    large = film.enlarged(colorizer, np.concatenate(tool))
    truth = [true_ab(frame) for frame in film.rgb]
    row = Row(
        film.name,
        truth=score(film, truth, shots),
        tool=score(film, large, shots),
        by_frame=score(film, film.enlarged(colorizer, colorizer.by_frame(lightness)), shots),
        drift=drift(colorizer, of_shots[longest], tool[longest]),
        drift_alone=drift(colorizer, of_shots[longest], alone[longest]),
        agreement=_agreement(large, truth),
    )
    return row, large


def _agreement(made: Sequence[Floats], truth: Sequence[Floats]) -> Agreement:
    first, *others = (Agreement.of(*frames) for frames in zip(made, truth, strict=True))
    return sum(others, start=first)


def sheet(film: Film, ab: Sequence[Floats], columns: int = 5, width: int = 320) -> Bytes:
    """Grey, result and truth, one above the other, at moments spread over the film."""
    strips = []
    for place in np.linspace(0, len(ab) - 1, columns).astype(int):
        grey = np.repeat(film.luma[place][..., None], 3, -1)
        result = _rgb(np.dstack([film.lightness(place), ab[place]]))
        size = (width, round(width * grey.shape[0] / grey.shape[1]))
        strips.append(
            np.vstack(
                [cv2.resize(p, size, interpolation=cv2.INTER_AREA) for p in (grey, result, film.rgb[place])]
            )
        )
    return np.hstack(strips)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--held-out", action="store_true", help="only the films that training never saw")
    parser.add_argument("--only", nargs="*", default=[], help="names of films")
    parser.add_argument("--frames", type=int, default=60, help="of each film, from its first")
    parser.add_argument("--sheets", type=Path, help="folder for a contact sheet of each film")
    add_model(parser)
    chosen = parser.parse_args()
    colorizer = Colorizer(chosen_network(chosen))
    print(probe())
    print(f"\n{HEADER}")
    rows: list[Row] = []
    for film in films(chosen.folder, HELD_OUT if chosen.held_out else chosen.only, chosen.frames):
        row, ab = judge(film, colorizer)
        print(row, flush=True)
        rows.append(row)
        if chosen.sheets is not None:
            chosen.sheets.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(chosen.sheets / f"{film.name}.png"), sheet(film, ab)[..., ::-1])
    print(summary(rows))


if __name__ == "__main__":
    main()
