"""Frames spread over the shots of a film, and what their places look like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import torch
from torch import Tensor

from tcvc_cli.media.planes import Frame
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.plan.takes import Take, takes
from tcvc_cli.records import FilmInfo, Shot
from tcvc_cli.run.film.paint import light
from tcvc_cli.run.film_memory.remembered import Rememberer
from tcvc_cli.run.plan import FilmPlan

_SEEKING_FRAMES = 48  # fewer are decoded on the way


@dataclass(frozen=True, slots=True)
class Sample:
    """A frame that stands for frames `[start, stop)` of its shot."""

    frame: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class SampledTake:
    """A take that is to be coloured, the shot `number` of the film, counted from 1."""

    number: int
    take: Take
    samples: tuple[Sample, ...]


def sampled_takes(
    shots: Sequence[Shot], frame_rate: Fraction, apart_s: Fraction, most: int
) -> tuple[SampledTake, ...]:
    """About `most` samples at most, one for every `apart_s`; of every shot that is to be coloured and has
    frames that show nothing else there is one."""
    open_takes = [
        (number, take)
        for number, take in enumerate(takes(shots), 1)
        if not take.shot.is_in_color and len(take.pure)
    ]
    total = sum(len(take.pure) for _, take in open_takes)
    apart = max(round(apart_s * frame_rate), 1, -(-total // most))
    return tuple(SampledTake(number, take, samples_of(take.pure, apart)) for number, take in open_takes)


def samples_of(shot: Shot, apart_frames: int) -> tuple[Sample, ...]:
    """Equal parts of a shot, of about `apart_frames`, each with its middle frame."""
    count = max(1, round(len(shot) / apart_frames))
    edges = [shot.start + len(shot) * part // count for part in range(count + 1)]
    return tuple(Sample((start + stop) // 2, start, stop) for start, stop in pairwise(edges))


def frames_at(film: FilmInfo, numbers: Sequence[int]) -> Iterator[Frame]:
    """The frames of these rising numbers."""
    row: list[int] = []
    for number in numbers:
        if row and number - row[-1] > _SEEKING_FRAMES:
            yield from _read(film, row)
            row = []
        row.append(number)
    if row:
        yield from _read(film, row)


def _read(film: FilmInfo, numbers: Sequence[int]) -> Iterator[Frame]:
    wanted = frozenset(numbers)
    for frame in read_frames(film, numbers[0], numbers[-1] + 1):
        if frame.number in wanted:
            yield frame


def lightness_of(plan: FilmPlan, frame: Frame) -> Tensor:
    """(1, 1, H, W) L* at model size."""
    return torch.from_numpy(light(plan.film, frame, plan.size_px).lightness)[None, None]


def places_at(rememberer: Rememberer, numbers: Sequence[int]) -> Iterator[Tensor]:
    """(SIZE, h, w) bfloat16 of each of these frames, rising."""
    plan = rememberer.plan
    for frame in frames_at(plan.film, numbers):
        yield rememberer.places(lightness_of(plan, frame))
