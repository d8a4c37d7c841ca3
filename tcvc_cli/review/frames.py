"""Single frames of a film, upright."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.errors import InputError
from tcvc_cli.media.planes import Frame
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.seen.frame_index import frame_index
from tcvc_cli.records import FilmInfo
from tcvc_cli.run.references.sampling import frames_at


def frames_of(film: FilmInfo, numbers: Sequence[int]) -> Iterator[Frame]:
    """One for each of these numbers, which never fall and may repeat; one frame is held at a time.

    A film that this process has read already is sought through; another one is read once, up to the last of
    them. Raises InputError where the film has no such frame, and as `read_frames` does.
    """
    if any(later < earlier for earlier, later in pairwise(numbers)) or (numbers and numbers[0] < 0):
        raise InputError(f"the frames of {film.path.name} that are to be shown are not in order")
    frames = _frames(film, sorted(set(numbers)))
    for number, same in groupby(numbers):
        frame = next(frames, None)
        if frame is None or frame.number != number:
            raise InputError(f"{film.path.name} has no frame {number}", "Give a film and its result.")
        yield from (frame for _ in same)


def _frames(film: FilmInfo, numbers: Sequence[int]) -> Iterator[Frame]:
    if not numbers:
        return
    index = frame_index(film, numbers[0], numbers[-1] + 1)
    if index is not None and index.has_seen(numbers[0], numbers[-1] + 1):
        yield from frames_at(film, numbers)
        return
    wanted = frozenset(numbers)
    for frame in read_frames(film, 0, numbers[-1] + 1):
        if frame.number in wanted:
            yield frame


def quarter_turns(frame: Frame) -> int:
    """How many quarter turns, against the clock, a player makes before it shows the frame: 0 to 3."""
    return 0 if frame.facts is None else round(frame.facts.rotation_degrees / 90) % 4


def upright(picture: NDArray[Any], frame: Frame) -> NDArray[Any]:
    """The picture (h, w, 3) of a frame as a player turns it."""
    return np.ascontiguousarray(np.rot90(picture, quarter_turns(frame)))
