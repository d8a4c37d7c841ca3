"""Frames in, coloured frames out, LATENCY_FRAMES later: a new shot begins where the watch says so."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.color.detection import CELLS, ColorWatch, FrameColor
from tcvc_cli.color.matrix import with_matrix
from tcvc_cli.media.planes import Frame
from tcvc_cli.media.read.decode import averaged, small_size
from tcvc_cli.model.causal.coloring import CausalColoring
from tcvc_cli.plan.shots.online import CutWatch
from tcvc_cli.records import FilmInfo
from tcvc_cli.run.computing import Computing
from tcvc_cli.run.film.paint import PaintedFrame, light
from tcvc_cli.run.plan import FilmPlan

_GREY: Final = FrameColor(is_in_color=False)


class LiveColoring:
    """Colours one film, frame by frame, in order, or leaves all as it is where it `is_kept`. Holds the frames
    whose shot is not known yet."""

    def __init__(self, plan: FilmPlan, computing: Computing, *, is_kept: bool = False) -> None:
        self._film, self._size_px, self._engine = plan.film, plan.size_px, computing.engine
        self._cuts, self._is_kept = CutWatch(), is_kept
        keeps_color = plan.options.color_parts == "keep" and not plan.film.pixel_format.is_grey
        self._color = ColorJudge(plan.film) if keeps_color else None
        self._waiting = deque[tuple[Frame, FrameColor]]()
        self._coloring = CausalColoring(self._engine)
        self._is_in_color: bool | None = None  # the shot at hand; None while it is too dark to tell
        self.shots = 0

    def see(self, frame: Frame) -> Iterator[PaintedFrame]:
        """The frames, one or none, that can be coloured now that this one is there."""
        self._waiting.append((frame, _GREY if self._color is None else self._color.see(frame)))
        drop_bits = self._film.pixel_format.bit_depth - 8
        begins = self._cuts.see(averaged(frame.luma, small_size(self._film), drop_bits))
        if begins is not None:
            yield self._painted(begins=begins)

    def finish(self) -> Iterator[PaintedFrame]:
        """The frames that are left when there are no more."""
        for begins in self._cuts.finish():
            yield self._painted(begins=begins)

    def _painted(self, *, begins: bool) -> PaintedFrame:
        frame, color = self._waiting.popleft()
        if begins:
            self.shots += 1
            self._begin()
        self._judge(color)
        if self._is_kept or self._is_in_color:
            return PaintedFrame(frame, None)
        return PaintedFrame(frame, self._ab(frame), color.overlays)

    def _begin(self) -> None:
        self._coloring, self._is_in_color = CausalColoring(self._engine), None

    def _judge(self, color: FrameColor) -> None:
        """A shot is in colour as its first frame that can tell is; where the colours jump that may change."""
        if color.is_in_color is None or not (self._is_in_color is None or color.is_jump):
            return
        if self._is_in_color and not color.is_in_color:
            self._begin()
        self._is_in_color = color.is_in_color

    def _ab(self, frame: Frame) -> NDArray[np.float32]:
        return self._coloring.next(light(self._film, frame, self._size_px).lightness)


class ColorJudge:
    """Which frames of a film with chroma are in colour."""

    def __init__(self, film: FilmInfo) -> None:
        self._drop_bits = film.pixel_format.bit_depth - 8
        self._watch = ColorWatch(with_matrix(film.color, height_px=film.height_px))

    def see(self, frame: Frame) -> FrameColor:
        """The frames come in order."""
        assert frame.cb is not None
        assert frame.cr is not None
        planes = (averaged(one, CELLS, self._drop_bits) for one in (frame.luma, frame.cb, frame.cr))
        return self._watch.see(*planes)
