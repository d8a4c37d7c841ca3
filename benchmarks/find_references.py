"""How often a picture's frame is found by its luma, and how often one that is not there.

python -m benchmarks.find_references FOLDER

FOLDER holds films in colour, and folders of JPEG frames. Some frames of each are taken as pictures: of other
size, cropped, with bars, of other gamma and contrast, with noise. Each is looked for in its own film, and in
one where it is not. What is found is right where it is at most two frames away or, in a still scene, looks
as the true one does (mean difference under 2 of 255). `box`: mean error of its edges, in hundredths of a
side. Times are processor time: for each frame seen with 20 pictures looked for, and for each picture in the
end.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.clips import Bytes, Film, films
from benchmarks.machine import probe
from tcvc_cli.settings.candidates import Candidate
from tcvc_cli.settings.finding import ReferenceFinder
from tcvc_cli.settings.picture_luma import WHOLE, Box
from tcvc_cli.settings.pictures import ReferencePicture
from tcvc_cli.settings.reference import Reference

KINDS = ("complete", "bars", "crop .85", "crop .7", "crop .55", "mirrored")
_PLACES = (0.15, 0.5, 0.8)
_NEAR_FRAMES = 2
_SAME = 2.0
_AT_ONCE = 20
_LONG_SIDE_PX = 128


@dataclass(frozen=True, slots=True)
class Query:
    kind: str
    film: str
    frame: int
    box: Box
    picture: ReferencePicture


@dataclass(frozen=True, slots=True)
class Clip:
    """A film as the finder asks about it."""

    film: Film

    @property
    def stem(self) -> str:
        return self.film.name

    @property
    def frames(self) -> int:
        return len(self.film.luma)

    def luma_of(self, frame: int) -> NDArray[Any]:
        return self.film.luma[frame]

    def frame_at(self, time_s: Fraction) -> int | None:
        return None


@dataclass(frozen=True, slots=True)
class Outcome:
    query: Query
    found: Reference
    is_right: bool


def queries(film: Film, rng: np.random.Generator) -> Iterator[Query]:
    for place in _PLACES:
        frame = int(place * len(film.rgb))
        for kind in KINDS:
            yield _query(kind, film, frame, rng)


def _query(kind: str, film: Film, frame: int, rng: np.random.Generator) -> Query:
    pixels = np.asarray(film.rgb[frame] / np.float32(255), np.float32)
    box, width = WHOLE, pixels.shape[1]
    if kind == "bars":
        bar = round(0.15 * width)
        pixels = np.asarray(np.pad(pixels, ((0, 0), (bar, bar), (0, 0))), np.float32)
        box = (-bar / width, 0.0, 1 + bar / width, 1.0)
    if kind.startswith("crop"):
        pixels, box = _cropped(pixels, float(kind.split()[1]), rng)
    if kind == "mirrored":
        pixels = np.ascontiguousarray(pixels[:, ::-1])
    return Query(kind, film.name, frame, box, _picture(_aged(pixels, rng)))


def _cropped(
    pixels: NDArray[np.float32], share: float, rng: np.random.Generator
) -> tuple[NDArray[np.float32], Box]:
    height, width = pixels.shape[:2]
    high = min(1.0, share * rng.uniform(0.85, 1.15))
    left, top = (rng.uniform(0, 1 - size) for size in (share, high))
    x, y = round(left * width), round(top * height)
    right, bottom = round((left + share) * width), round((top + high) * height)
    return pixels[y:bottom, x:right], (x / width, y / height, right / width, bottom / height)


def _aged(pixels: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    toned = pixels ** np.float32(np.exp(rng.uniform(np.log(0.6), np.log(1.6))))
    toned = toned * np.float32(rng.uniform(0.6, 1)) + np.float32(rng.uniform(0, 0.2))
    scale = rng.uniform(0.5, 1.5)
    sized = cv2.resize(toned, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(np.clip(sized + rng.normal(0, 0.015, sized.shape), 0, 1), np.float32)


def _picture(rgb: NDArray[np.float32]) -> ReferencePicture:
    return ReferencePicture(rgb, np.ones(rgb.shape[:2], np.float32))


def _small(luma: Bytes) -> Bytes:
    scale = min(1.0, _LONG_SIDE_PX / max(luma.shape))
    size = (round(luma.shape[1] * scale), round(luma.shape[0] * scale))
    return np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.uint8)


@dataclass(slots=True)
class Cost:
    seeing_s: float = 0.0
    frames: int = 0
    settling_s: float = 0.0
    pictures: int = 0


def outcomes(film: Film, asked: Sequence[Query], cost: Cost) -> Iterator[Outcome]:
    small = [_small(luma) for luma in film.luma]
    for start in range(0, len(asked), _AT_ONCE):
        some = asked[start : start + _AT_ONCE]
        finder = ReferenceFinder(Clip(film))
        for query in some:
            finder.add(Candidate(Path("picture.png"), "0" * 64, "picture"), query.picture)
        started = time.process_time()
        for luma in small:
            finder.see(luma)
        seen = time.process_time()
        found = finder.findings()
        cost.settling_s += time.process_time() - seen
        cost.pictures += len(some)
        if len(some) == _AT_ONCE:
            cost.seeing_s += seen - started
            cost.frames += len(small)
        for query, one in zip(some, found, strict=True):
            yield Outcome(query, one, _is_right(film, query, one))


def _is_right(film: Film, query: Query, found: Reference) -> bool:
    if film.name != query.film or query.kind == "mirrored":
        return found.frame is None
    if found.frame is None:
        return False
    if abs(found.frame - query.frame) <= _NEAR_FRAMES:
        return True
    return float(cv2.absdiff(film.luma[found.frame], film.luma[query.frame]).mean()) < _SAME


def row(kind: str, some: Sequence[Outcome]) -> str:
    found = [one for one in some if one.found.frame is not None]
    right = [one for one in some if one.is_right]
    errors = [np.abs(np.subtract(one.found.box, one.query.box)).mean() for one in right if one in found]
    box = f"{100 * float(np.mean(errors)):6.2f}" if errors and kind in KINDS[:-1] else "     -"
    return f"{kind:12s} {len(some):8d} {len(found) / len(some):7.1%} {len(right) / len(some):7.1%} {box}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Looks for pictures in films by their luma.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--frames", type=int, default=120, help="most frames of a film")
    arguments = parser.parse_args()
    print(probe(), end="\n\n")
    cost, own, other, before = Cost(), list[Outcome](), list[Outcome](), list[Query]()
    for film in films(arguments.folder, (), arguments.frames):
        mine = list(queries(film, np.random.default_rng(len(film.rgb))))
        own += outcomes(film, mine, cost)
        other += outcomes(film, before, cost)
        before = [*before, *(one for one in mine if one.kind != "mirrored")][-5 * _AT_ONCE :]
        print(f"{film.name[:40]:40s} {sum(one.is_right for one in own)} of {len(own)} right", flush=True)
    print(f"\n{'picture':12s} {'pictures':>8s} {'found':>7s} {'right':>7s} {'box':>6s}")
    for kind in KINDS:
        print(row(kind, [one for one in own if one.query.kind == kind]))
    print(row("other films", other))
    print(
        f"{1000 * cost.seeing_s / max(1, cost.frames):.2f} ms for a frame with {_AT_ONCE} pictures,"
        f" {1000 * cost.settling_s / max(1, cost.pictures):.0f} ms for a picture in the end"
    )


if __name__ == "__main__":
    main()
