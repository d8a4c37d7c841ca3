"""The luma of a short film, held from the reading that finds its shots: the film is decoded once then.

A film that is longer than MOST_BYTES of luma is not held at all. One film is held at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from tcvc_cli.media.planes import Frame
from tcvc_cli.media.read.seen.frame_index import State, state_of
from tcvc_cli.records import FilmInfo

MOST_BYTES: Final = 128 * 2**20

_held: tuple[State, list[Frame]] | None = None


@contextmanager
def holding(film: FilmInfo) -> Iterator[Callable[[Frame], None]]:
    """For a reading from the first frame: what is given to the function is held, up to where it ended, if
    all of that is little enough."""
    global _held
    frames, left_bytes = list[Frame](), MOST_BYTES
    state = state_of(film)

    def hold(frame: Frame) -> None:
        nonlocal left_bytes
        left_bytes -= frame.luma.nbytes
        frames.append(frame)
        if left_bytes < 0:
            frames.clear()

    try:
        yield hold
    finally:
        fits = left_bytes >= 0 and state is not None and state == state_of(film)
        _held = (state, frames) if fits and state is not None else None


def held_frames(film: FilmInfo, start: int, stop: int | None) -> Sequence[Frame] | None:
    """Frames `[start, stop)` without chroma; None where they are not held, or the file has changed since."""
    if _held is None or stop is None or state_of(film) != _held[0] or stop > len(_held[1]):
        return None
    return _held[1][start:stop]


def let_go() -> None:
    """Of whatever is held."""
    global _held
    _held = None
