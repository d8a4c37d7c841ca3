"""Measures the colours of a segment while they are made, at a small size, and changes none of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from tcvc_cli.errors import BrokenColorizer
from tcvc_cli.measure.appraisal import DIGITS, MOST, Appraisal
from tcvc_cli.measure.colorfulness import mean_chroma
from tcvc_cli.measure.warp_error import DriftMeter, FlowMeter, SteadinessMeter
from tcvc_cli.model.engine import Alone, Engine
from tcvc_cli.model.memory.shot_memory import NOTHING, ShotMemory

Floats = NDArray[np.float32]
DRIFT_FRAMES: Final = 16
MOST_ASKED: Final = 3
ASKED_EVERY_FRAMES: Final = 64
_SMALL_PX: Final = 48  # short side, or nearly twice that: the size of the colours of tcvc's own networks


class SegmentMeter:
    """Sees the `frames` of one segment of a shot, all others pass. `memory` is what its colours were made
    with, `anchors` are frames that `engine` has looked at by then."""

    def __init__(
        self, engine: Engine, frames: range, memory: ShotMemory = NOTHING, anchors: Iterable[int] = ()
    ) -> None:
        self._engine, self._frames, self._memory = engine, frames, memory
        self._asked = frozenset(frames_to_ask(frames, () if memory.is_given else anchors))
        self._flow, self._steadiness = FlowMeter(), SteadinessMeter()
        self._drift = DriftMeter(DRIFT_FRAMES)
        self._seen = 0
        self._size: tuple[int, int] | None = None
        self._doubt: list[float] = []
        self._disagreement: list[float] = []
        self._coverage: list[float] = []

    def add(self, number: int, lightness: Floats, ab: Floats) -> None:
        """The next frame: its `lightness` (H, W) L* at the size of the model's input, and its colours
        (2, h, w) in CIE units."""
        if number not in self._frames:
            return
        if self._size is None:
            self._size = _small_size(ab.shape[2], ab.shape[1])
        small = _resized(np.ascontiguousarray(ab.transpose(1, 2, 0)), self._size)
        motion = self._flow.add(_resized(lightness, self._size))
        self._steadiness.add(small, motion)
        self._drift.add(small, motion)
        self._seen += 1
        if number in self._asked:
            self._ask(number, lightness, ab)

    def result(self) -> Appraisal | None:
        """None of no frames, and of colours that are none."""
        chroma, steadiness = _rounded(self._steadiness.chroma), self._steadiness.result()
        if not self._seen or chroma is None:
            return None
        return Appraisal(
            frames=self._seen,
            chroma=chroma,
            flicker=_rounded(None if steadiness is None else steadiness.flicker),
            drift=_rounded(self._drift.result()),
            doubt=_mean(self._doubt),
            disagreement=_mean(self._disagreement) if self._seen > 1 else None,
            coverage=_mean(self._coverage),
        )

    def _ask(self, number: int, lightness: Floats, ab: Floats) -> None:
        """What the network says of this frame alone; nothing where it cannot be asked."""
        try:
            alone = self._engine.alone(torch.from_numpy(lightness)[None, None], number, self._memory)
        except BrokenColorizer:  # of a frame that the result does not ask it for
            return
        if alone is not None:
            self._note(alone, ab)

    def _note(self, alone: Alone, ab: Floats) -> None:
        said = alone.ab[0].numpy()
        if said.shape == ab.shape:
            self._disagreement.append(mean_chroma((said - ab).transpose(1, 2, 0)))
        if alone.doubt is not None:
            self._doubt.append(float(alone.doubt.mean()))
        if alone.coverage is not None:
            self._coverage.append(min(1.0, alone.coverage))


def frames_to_ask(frames: range, anchors: Iterable[int] = ()) -> tuple[int, ...]:
    """The anchors among the frames, which cost next to nothing; where there are none few frames, evenly
    spread, the middle one among them where their number is odd."""
    inside = tuple(sorted({one for one in anchors if one in frames}))
    if inside:
        return inside
    count = min(MOST_ASKED, max(1, len(frames) // ASKED_EVERY_FRAMES), len(frames))
    return tuple(frames[(2 * place + 1) * len(frames) // (2 * count)] for place in range(count))


def _small_size(width: int, height: int) -> tuple[int, int]:
    """(width, height) px."""
    shrink = max(1, min(width, height) // _SMALL_PX)
    return max(1, width // shrink), max(1, height // shrink)


def _resized(picture: NDArray[Any], size: tuple[int, int]) -> Floats:
    if picture.shape[1::-1] == size:
        return np.asarray(picture, np.float32)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)


def _mean(figures: list[float]) -> float | None:
    return _rounded(sum(figures) / len(figures)) if figures else None


def _rounded(figure: float | None) -> float | None:
    """None also for what no colours come near, whatever a network says."""
    return None if figure is None or not 0 <= figure <= MOST else round(figure, DIGITS)
