"""Frames of the film and the colours of the same number."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.errors import InputError, MediaError
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.model.steady.shot import GivenColors
from tcvc_cli.plan.takes import Take
from tcvc_cli.records import FilmInfo
from tcvc_cli.run.film.paint import light
from tcvc_cli.run.stabilize.sources import ColorSource

Floats = NDArray[np.float32]

_MOST_OFF_FRAMES: Final = 2  # what tools lose or repeat at the end
_SAME_RATE: Final = Fraction(1, 100)
_LIKE: Final = 0.5  # correlation of luma; of two films about 0
_FLAT: Final = 1.0  # L*: a picture that varies less is like nothing


def count_warnings(source: ColorSource, count: int, film: FilmInfo, film_frames: int) -> Iterator[str]:
    """What a person should know before colours are matched by frame number.

    Raises InputError when the numbers of frames differ by more than two.
    """
    counts = f"{source.path.name} has {count} frames, {film.path.name} {film_frames}"
    if abs(count - film_frames) > _MOST_OFF_FRAMES:
        raise InputError(counts, "Give colours for every frame of the film, and no others.")
    if count < film_frames:
        yield f"{counts}: the last ones take their colours from those before"
    elif count > film_frames:
        yield f"{counts}: the last ones are left out"
    rate = source.frame_rate
    if rate is not None and abs(rate / film.frame_rate - 1) > _SAME_RATE:
        rates = f"{float(rate):.5g} and {float(film.frame_rate):.5g} fps"
        yield f"the films have {rates}; frames are matched by their numbers"


class Matched:
    """The film's frames with their colours, small; a film that colours another scene is found out."""

    def __init__(self, film: FilmInfo, source: ColorSource, size_px: tuple[int, int]) -> None:
        self._film, self._source, self._size_px = film, source, size_px
        self._likeness: list[float] = []

    def frames(self) -> Iterator[GivenColors]:
        """All of the film, in order."""
        colors = self._source.frames(self._size_px)
        for frame in read_frames(self._film):
            lightness = light(self._film, frame, self._size_px).lightness
            found = next(colors, None)
            if found is None:
                yield GivenColors(lightness, np.zeros((2, *lightness.shape), np.float32), 0 * lightness)
                continue
            self._compare(lightness, found.lightness)
            yield GivenColors(lightness, found.ab, found.weight)

    def warnings(self) -> Iterator[str]:
        """Once all frames have come by."""
        likeness = float(np.median(self._likeness)) if self._likeness else 1.0
        if likeness < _LIKE:
            yield (
                f"{self._source.path.name} does not look like {self._film.path.name}: are they the same film?"
            )

    def _compare(self, lightness: Floats, other: Floats) -> None:
        if min(float(lightness.std()), float(other.std())) > _FLAT:
            self._likeness.append(float(np.corrcoef(lightness.ravel(), other.ravel())[0, 1]))


class FramesOfTakes:
    """Frames for one take after another. Those of a dissolve are seen by two, and held until then."""

    def __init__(self, frames: Iterator[GivenColors]) -> None:
        self._frames = frames
        self._held: dict[int, GivenColors] = {}

    def of(self, take: Take) -> Iterator[GivenColors]:
        """All that the take is seen in. Takes come in order."""
        for number in range(take.seen.start, take.seen.stop):
            given = self._held.pop(number, None) or next(self._frames, None)
            if given is None:
                raise MediaError(f"the film ended at frame {number}, {take.seen.stop} were expected")
            if number >= take.stop:
                self._held[number] = given
            yield given
