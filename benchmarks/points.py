"""How far the colours of a few given places reach: in photographs, and through films.

python -m benchmarks.points PHOTOGRAPHS [FILMS] [--photographs 100] [--frames 61] [--only NAME ...]
    [--held-out] [--model NAME]

Of each photograph (every Nth of those of sources that no network saw, with --held-out; else of those that
belong to validation) and of the first frame of each film, the true colours of 1, 2, 5 and 20 random pixels
are given. `before` is the regression that spread points until 0.2 (`--hints` of benchmarks.photographs). Gain
is of the ab PSNR over grey, over all pixels of all photographs, and the mean of each. Leak: with one point,
the mean change of ab on pixels of other segments, as a share of that on the segment of the point; segments
are those of the truth's ab, found by k-means with 6 clusters, of which those nearer than 10 units are one.
Of films: gain of ab PSNR over the same film without points, in the mean of the frames after the first, and
with 20 points in the last one; and for a point on each of four patches of colour, the distance of ab at the
place to which the flow takes it by the last frame, from what was asked for.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.clips import Film, films, true_ab
from benchmarks.coloring import Colorizer, Floats, add_model, chosen_network, grey_luma
from benchmarks.machine import probe
from benchmarks.photographs import chosen_files
from benchmarks.remembering import RememberingTool
from tcvc_cli.color.lab import lab_from_rgb
from tcvc_cli.measure.agreement import Agreement, AgreementSummary
from tcvc_cli.model.memory.points import GivenPlaces
from tcvc_cli.model.networks.anchored import AnchoredColorizer
from tcvc_cli.train.material.photographs import read

COUNTS: Final = (1, 2, 5, 20)
_CLUSTERS: Final = 6
_APART: Final = 10.0  # CIE units between two segments
_PATCHES: Final = 4


@dataclass(frozen=True, slots=True)
class Leak:
    """Mean change of ab, on the pixels of the segment that the point lies in, and on those of others."""

    inside: float
    outside: float


@dataclass(frozen=True, slots=True)
class PhotographRow:
    before: Agreement
    after: Agreement
    leak_before: Leak | None
    leak_after: Leak | None


class Pointing:
    """Colours pictures with given places, as the tool does."""

    def __init__(self, network: AnchoredColorizer) -> None:
        self._tool, self._colorizer = RememberingTool(network), Colorizer(network)

    def before(self, luma: NDArray[np.uint8], ab: Floats, places: Sequence[tuple[int, int]]) -> Floats:
        return self._colorizer.photograph_with_hints(luma, ab, places)

    def own(self, luma: NDArray[np.uint8]) -> Floats:
        return self._colorizer.photograph(luma)

    def film(
        self, film: Film, ab: Floats, places: Sequence[tuple[int, int]], count: int | None = None
    ) -> list[Floats]:
        """(H, W, 2) of each frame, the colours `ab` (H, W, 2) of places (row, column) of the first given, by
        as many points, or by `count`."""
        height, width = (int(side) for side in self._colorizer.lightness(film.luma[:1]).shape[-2:])
        given = np.zeros((height, width, 2), np.float32)
        marks = np.zeros((height, width), bool)
        for y, x in places:
            row, column = y * height // ab.shape[0], x * width // ab.shape[1]
            given[row, column], marks[row, column] = ab[y, x], True
        return list(
            self._tool.colors(
                film, [self._tool.pointed(film, 0, GivenPlaces(given, marks, count or len(places)))]
            )
        )

    def alone(self, film: Film) -> list[Floats]:
        return list(self._tool.colors(film))


def segments_of(ab: Floats) -> NDArray[np.int32]:
    """(H, W) numbers of segments of alike colour."""
    pixels = np.ascontiguousarray(cv2.GaussianBlur(ab, (0, 0), 1.5).reshape(-1, 2), np.float32)
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 30, 0.1)
    cv2.setRNGSeed(1)
    found = cv2.kmeans(pixels, _CLUSTERS, np.empty(0), criteria, 1, cv2.KMEANS_PP_CENTERS)
    labels, centers = np.asarray(found[1], np.int32).ravel(), np.asarray(found[2], np.float32)
    for one in range(_CLUSTERS):
        for other in range(one):
            if np.linalg.norm(centers[one] - centers[other]) < _APART:
                labels[labels == one] = labels[labels == other][0] if (labels == other).any() else one
                centers[one] = centers[other]
    return labels.reshape(ab.shape[:2])


def leak_of(own: Floats, ab: Floats, truth: Floats, place: tuple[int, int]) -> Leak | None:
    """None where there is one segment only, or nothing changed."""
    segments = segments_of(truth)
    inside = segments == segments[place]
    change = np.linalg.norm(ab - own, axis=-1)
    if inside.mean() > 0.95 or change[inside].mean() < 1:
        return None
    return Leak(float(change[inside].mean()), float(change[~inside].mean()))


def judge(path: Path, pointing: Pointing, count: int) -> PhotographRow:
    picture = read(path)
    luma = grey_luma(picture)
    truth = np.asarray(lab_from_rgb(picture.astype(np.float32) / 255)[..., 1:], np.float32)
    rng = np.random.default_rng(int(luma.sum()))
    places = [(int(rng.integers(luma.shape[0])), int(rng.integers(luma.shape[1]))) for _ in range(count)]
    before = pointing.before(luma, truth, places)
    (after,) = pointing.film(Film(path.name, [picture], [luma]), truth, places)
    own = pointing.own(luma) if count == 1 else None
    leaks = [None if own is None else leak_of(own, ab, truth, places[0]) for ab in (before, after)]
    one, other = (Agreement.of(ab.astype(np.float64), truth.astype(np.float64)) for ab in (before, after))
    return PhotographRow(one, other, *leaks)


def photographs(files: Sequence[Path], pointing: Pointing, counts: Sequence[int]) -> None:
    print(f"\n{len(files)} photographs")
    print("points   before: pooled   mean   now: pooled   mean    gain    leak before   now")
    for count in counts:
        rows = [judge(path, pointing, count) for path in files]
        before, after = (
            AgreementSummary.of([getattr(row, name) for row in rows]) for name in ("before", "after")
        )
        text = f"{count:6d} {before.pooled_gain_db:+16.2f} {before.mean_gain_db:+6.2f}"
        text += f" {after.pooled_gain_db:+13.2f} {after.mean_gain_db:+6.2f}"
        text += f" {after.pooled_gain_db - before.pooled_gain_db:+7.2f}"
        if count == 1:
            text += "".join(f" {_share([getattr(row, name) for row in rows]):10.2f}" for name in _LEAKS)
        print(text, flush=True)


_LEAKS: Final = ("leak_before", "leak_after")


def _share(leaks: Sequence[Leak | None]) -> float:
    known = [one for one in leaks if one is not None]
    return sum(one.outside for one in known) / max(1e-9, sum(one.inside for one in known))


def psnr_db(ab: Floats, truth: Floats) -> float:
    """Peak 255."""
    return float(10 * np.log10(255**2 / max(1e-9, float(np.square(ab - truth).mean()))))


def tracked(film: Film, place: tuple[int, int]) -> tuple[int, int] | None:
    """Where the flow takes (row, column) of the first frame by the last one; None where it is lost."""
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    y, x = map(float, place)
    height, width = film.luma[0].shape
    for one, other in zip(film.luma, film.luma[1:], strict=False):
        ahead, back = (np.asarray(dis.calc(*pair, np.empty(0))) for pair in ((one, other), (other, one)))
        there = ahead[round(y), round(x)]
        new_y, new_x = y + float(there[1]), x + float(there[0])
        if not (2 <= new_y < height - 3 and 2 <= new_x < width - 3):
            return None
        returned = back[round(new_y), round(new_x)]
        if np.hypot(*(there + returned)) > 1.5:
            return None
        y, x = new_y, new_x
    return round(y), round(x)


def patches(truth: Floats) -> list[tuple[int, int]]:
    """(row, column) in the middle of plain patches of colour, far from each other."""
    blurred = cv2.blur(truth, (25, 25))
    spread = np.sqrt(np.maximum(cv2.blur(truth**2, (25, 25)) - blurred**2, 0).sum(-1))
    height, width = truth.shape[:2]
    score = np.linalg.norm(blurred, axis=-1) - 3 * spread
    score[: height // 8], score[-height // 8 :] = -1e9, -1e9
    score[:, : width // 8], score[:, -width // 8 :] = -1e9, -1e9
    found: list[tuple[int, int]] = []
    for _ in range(_PATCHES):
        y, x = (int(one) for one in np.unravel_index(int(score.argmax()), score.shape))
        found.append((y, x))
        rows, columns = np.ogrid[:height, :width]
        score[(rows - y) ** 2 + (columns - x) ** 2 < (height // 4) ** 2] = -1e9
    return found


def of_film(film: Film, pointing: Pointing) -> str:
    """A line of figures."""
    truth = [true_ab(frame) for frame in film.rgb]
    alone = [psnr_db(ab, true) for ab, true in zip(pointing.alone(film), truth, strict=True)]
    rng = np.random.default_rng(7)
    height, width = film.luma[0].shape
    text = f"{film.name[:28]:28s} {len(film.luma):4d} {np.mean(alone[1:]):7.2f}"
    for count in COUNTS:
        places = [(int(rng.integers(height)), int(rng.integers(width))) for _ in range(count)]
        colored = pointing.film(film, truth[0], places)
        given = [psnr_db(ab, true) for ab, true in zip(colored, truth, strict=True)]
        text += f" {np.mean(given[1:]) - np.mean(alone[1:]):+6.2f}"
    return text + f" {given[-1] - alone[-1]:+6.2f}  " + held(film, pointing)


_ASKED: Final = ((35.0, 20.0), (-30.0, 25.0), (10.0, -35.0))


def held(film: Film, pointing: Pointing) -> str:
    """Colours that the thing has not are asked for."""
    errors: list[float] = []
    for number, place in enumerate(patches(true_ab(film.rgb[0]))):
        end = tracked(film, place)
        if end is None:
            continue
        wanted = np.asarray(_ASKED[number % len(_ASKED)], np.float32)
        asked = np.broadcast_to(wanted, (*film.luma[0].shape, 2)).astype(np.float32)
        last = pointing.film(film, asked, [place])[-1]
        y, x = end
        errors.append(float(np.linalg.norm(last[y - 1 : y + 2, x - 1 : x + 2].mean((0, 1)) - wanted)))
    return " ".join(f"{one:5.1f}" for one in errors) or "lost by the flow"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="of folders of photographs")
    parser.add_argument("films", type=Path, nargs="?")
    parser.add_argument("--held-out", action="store_true", help="folders that no network saw")
    parser.add_argument("--photographs", type=int, default=100)
    parser.add_argument("--counts", type=int, nargs="+", default=COUNTS, help="of points, in photographs")
    parser.add_argument("--frames", type=int, default=61)
    parser.add_argument("--only", nargs="*", default=[])
    add_model(parser)
    chosen = parser.parse_args()
    torch.set_grad_enabled(False)
    pointing = Pointing(chosen_network(chosen))
    print(probe())
    if chosen.photographs:
        files = chosen_files(chosen.folder, [], is_held_out=chosen.held_out)
        photographs(
            files[:: max(1, len(files) // chosen.photographs)][: chosen.photographs], pointing, chosen.counts
        )
    if chosen.films is not None:
        print(f"\n{'':28s} frames  alone  gain with {' '.join(f'{one:6d}' for one in COUNTS)}, last   held")
        for film in films(chosen.films, chosen.only, chosen.frames):
            print(of_film(film, pointing), flush=True)


if __name__ == "__main__":
    main()
