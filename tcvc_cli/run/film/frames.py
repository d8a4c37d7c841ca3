"""The film's frames for one segment after another: read on where that is possible, sought where it is not."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from types import TracebackType
from typing import Self

from tcvc_cli.errors import MediaError
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.run.film.memory import AHEAD_FRAMES
from tcvc_cli.run.film.paint import LitFrame, light
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.run.threads import ahead
from tcvc_cli.trace import span


class FrameReader:
    """Frames before `stop`, decoded ahead in another thread; a context manager.

    Frames of a dissolve (`shared`) are wanted up to three times, by both shots and by the dissolve itself.
    `keep_from` says from which frame on they are held until then. Without `has_chroma` they are luma alone:
    the film's own chroma counts where some of it is in colour.
    """

    def __init__(
        self, plan: FilmPlan, stop: int, shared: Iterable[int] = (), *, has_chroma: bool = True
    ) -> None:
        self._plan, self._stop, self._shared = plan, stop, frozenset(shared)
        self._has_chroma = has_chroma
        self._held: dict[int, LitFrame] = {}
        self._kept_from: float = stop
        self._source: Generator[LitFrame, None, None] | None = None
        self._next = 0  # the frame that the source gives next

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def keep_from(self, number: float) -> None:
        """Shared frames from `number` on are held when they come by; those before it are let go."""
        self._kept_from = number
        self._held = {one: lit for one, lit in self._held.items() if one >= number}

    def read(self, start: int, stop: int) -> Iterator[LitFrame]:
        """Frames `[start, stop)`. MediaError when the film has fewer."""
        for number in range(start, stop):
            lit = self._held.get(number) or self._decoded(number)
            if lit is None:
                raise MediaError(f"the film ended at frame {number}, {stop} were expected")
            if number in self._shared and number >= self._kept_from:
                self._held[number] = lit
            yield lit

    def _decoded(self, number: int) -> LitFrame | None:
        """None behind the end of the film."""
        if self._source is None or number != self._next:
            self._close()
            self._source, self._next = ahead(self._from(number), AHEAD_FRAMES, name="decode"), number
        self._next += 1
        return next(self._source, None)

    def _from(self, number: int) -> Iterator[LitFrame]:
        film = self._plan.film
        frames = read_frames(film, number, self._stop, has_chroma=self._has_chroma)
        while True:
            with span("decode"):
                frame = next(frames, None)
            if frame is None:
                return
            with span("light"):
                lit = light(film, frame, self._plan.size_px)
            yield lit

    def _close(self) -> None:
        if self._source is not None:
            self._source.close()
        self._source = None
