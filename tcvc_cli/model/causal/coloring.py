"""A shot coloured without looking ahead: each frame from its own lightness and what the frames before left.

    state of the frame before ──► warped along the flow ──┐
    colours of that state ──► hint ──► anchor state ──────┴──► mixed, place by place ──► ab

A frame is conditioned on its own lightness and on the colours of the frame before, warped to it: p(z_t | x_t,
z_t-1), equation 2 of VCGAN (Zhao et al. 2022). VCGAN has one network for both; here they are mixed. Where the
colours before cannot be followed, those of the anchor count at once. Everywhere else an anchor comes in by a
small share a frame, so that nothing pops, and nothing that was wrong stays for good. When one shot was
dissolved into another, anchors are not told the colours of the old one any more, and come in within a few
frames.

What is held does not grow with the shot: the lightness of one frame, its state, how far that is to be
trusted, and the anchor that is coming in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from tcvc_cli.errors import OutOfMemory
from tcvc_cli.model.engine import AGREEMENT, Engine, is_out_of_memory
from tcvc_cli.model.flow import shrink, visibility
from tcvc_cli.model.memory.shot_memory import NOTHING, ShotMemory
from tcvc_cli.model.warp import warp
from tcvc_cli.plan.shots.online import DissolveWatch
from tcvc_cli.plan.steps import CAUSAL_INTERVAL_FRAMES, Step

Floats = NDArray[np.float32]
SHARE: Final = 0.1
"""Of the anchor that is coming in, a frame: of .05, .1 and .2 the largest that is steadier than looking
ahead. The larger, the sooner are wrong colours left behind."""

RENEWAL_FRAMES: Final = 8
RENEWAL_SHARE: Final = 0.3
"""Of the anchor that comes in after a dissolve, for so many frames; then 6 % is left of what was before."""
_SMALL_PX: Final = 128  # long side of what a dissolve is seen by


@dataclass(frozen=True, slots=True)
class _Before:
    """What one frame leaves to the next. `lightness` (1, 1, H, W); `state` and `coming`, the anchor that
    comes in, (1, C, h, w); `trust` (1, 1, h, w) in [0, 1]; `age`: frames since that anchor; `renewal`: frames
    that are left until what was before a dissolve is gone."""

    lightness: Tensor
    state: Tensor
    coming: Tensor
    trust: Tensor
    age: int
    renewal: int = 0


class CausalColoring:
    """A `ShotColoring`: one frame in, its colours out. A shot has one; nothing of it can be resumed in its
    middle, and nothing is remembered of other shots."""

    def __init__(self, engine: Engine, state: object = None, memory: ShotMemory = NOTHING) -> None:
        self._network, self._precision = engine.network, engine.precision
        self._flow = engine.network.flow_estimator()
        self._dissolves = DissolveWatch()
        self._before: _Before | None = None

    def look_ahead(self, step: Step, lightness: Iterator[Floats]) -> None:
        """It does not look ahead."""

    def colors(self, step: Step, lightness: Iterator[Floats]) -> Iterator[Floats]:
        wanted, count = len(step.window), 0
        for frame in islice(lightness, wanted):
            count += 1
            yield self.next(frame)
        if count < wanted:
            raise ValueError(f"{count} frames for a step of {wanted}")

    def next(self, lightness: Floats) -> Floats:
        """ab (2, h, w) float32 in CIE units of the frame that follows; `lightness` (H, W) float32 L*, H and W
        multiples of the network's stride. Raises OutOfMemory."""
        try:
            return self._next(lightness)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        raise OutOfMemory(f"{self._precision.device} has no memory for even one frame")

    @torch.inference_mode()
    def _next(self, lightness: Floats) -> Floats:
        frame = torch.from_numpy(lightness)[None, None].to(self._precision.device)
        is_dissolved = self._dissolves.see(_eight_bit(lightness))
        with self._precision.autocast():
            before = self._before
            if before is None:
                self._before = self._first(frame)
            else:
                self._before = self._following(frame, before, is_dissolved=is_dissolved)
            return self._network.ab(self._before.state)[0].float().cpu().numpy()

    @property
    def state(self) -> None:
        return None

    def _first(self, frame: Tensor) -> _Before:
        state = self._network.anchor_states(frame, None).float()
        return _Before(frame, state, state, torch.ones_like(state[:, :1]), 1)

    def _following(self, frame: Tensor, before: _Before, *, is_dissolved: bool) -> _Before:
        now = self._carried(frame, before)
        if is_dissolved:
            anchor = self._network.anchor_states(frame, None).float()
            now = replace(now, coming=anchor, age=0, renewal=RENEWAL_FRAMES)
        elif now.age >= CAUSAL_INTERVAL_FRAMES:
            now = self._with_anchor(now)
        share = RENEWAL_SHARE if now.renewal else SHARE
        return replace(
            now,
            state=torch.lerp(now.state, now.coming, share),
            age=now.age + 1,
            renewal=max(0, now.renewal - 1),
        )

    def _carried(self, frame: Tensor, before: _Before) -> _Before:
        """What the frame before leaves, on the grid of this one."""
        stride = self._network.abilities.stride
        flow = shrink(self._flow.between(frame, before.lightness), stride)
        here, there = (_small(one, stride) for one in (frame, before.lightness))
        seen = visibility(here, warp(there, flow))
        old = before.state, before.coming
        state, coming = (self._network.carry(warp(one, flow), seen).float() for one in old)
        return _Before(frame, state, coming, warp(before.trust, flow) * seen, before.age, before.renewal)

    def _with_anchor(self, now: _Before) -> _Before:
        """A new anchor, which is told the colours that were carried as far as they are to be trusted; where
        they are not, it is the state."""
        hint, told = None, now.coming if now.renewal else now.state
        if self._network.abilities.takes_hints:
            hint = torch.cat([self._network.ab(told).float(), now.trust * AGREEMENT], 1)
        anchor = self._network.anchor_states(now.lightness, hint).float()
        state = torch.lerp(anchor, now.state, now.trust)
        return replace(now, state=state, coming=anchor, trust=torch.ones_like(now.trust), age=0)


def _eight_bit(lightness: Floats) -> NDArray[np.uint8]:
    """L* as a small picture of code values."""
    scale = min(1.0, _SMALL_PX / max(lightness.shape))
    size = (round(lightness.shape[1] * scale), round(lightness.shape[0] * scale))
    small = cv2.resize(lightness, size, interpolation=cv2.INTER_AREA)
    return np.asarray(np.rint(small * 2.55), np.uint8)


def _small(lightness: Tensor, stride: int) -> Tensor:
    return F.avg_pool2d(lightness, stride) if stride > 1 else lightness
