"""A shot coloured without looking ahead: each frame from its own lightness and what the frames before left.

    state of the frame before ──► warped along the flow ──┐
    colours of that state ──► hint ──► anchor state ──────┴──► mixed, place by place ──► ab

A frame is conditioned on its own lightness and on the colours of the frame before, warped to it: p(z_t | x_t,
z_t-1), equation 2 of VCGAN (Zhao et al. 2022). VCGAN has one network for both; here they are mixed. Where the
colours before cannot be followed, those of the anchor count at once. Everywhere else an anchor comes in by a
small share a frame, so that nothing pops, and nothing that was wrong stays for good.

What is held does not grow with the shot: the lightness of one frame, its state, how far that is to be
trusted, and the anchor that is coming in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

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
from tcvc_cli.plan.steps import CAUSAL_INTERVAL_FRAMES, Step

Floats = NDArray[np.float32]
SHARE: Final = 0.1
"""Of the anchor that is coming in, a frame. Of .05, .1 and .2 with an anchor at every, every fourth and every
eighth frame: this is no less steady than looking ahead, and leaves wrong colours behind soonest."""


@dataclass(frozen=True, slots=True)
class _Before:
    """What one frame leaves to the next. `lightness` (1, 1, H, W); `state` and `coming`, the anchor that
    comes in, (1, C, h, w); `trust` (1, 1, h, w) in [0, 1]; `age`: frames since that anchor."""

    lightness: Tensor
    state: Tensor
    coming: Tensor
    trust: Tensor
    age: int


class CausalColoring:
    """A `ShotColoring`: one frame in, its colours out. A shot has one; nothing of it can be resumed in its
    middle, and nothing is remembered of other shots."""

    def __init__(self, engine: Engine, state: object = None, memory: ShotMemory = NOTHING) -> None:
        self._network, self._precision = engine.network, engine.precision
        self._flow = engine.network.flow_estimator()
        self._before: _Before | None = None

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
        with self._precision.autocast():
            before = self._before
            self._before = self._first(frame) if before is None else self._following(frame, before)
            return self._network.ab(self._before.state)[0].float().cpu().numpy()

    @property
    def state(self) -> None:
        return None

    def _first(self, frame: Tensor) -> _Before:
        state = self._network.anchor_states(frame, None)
        return _Before(frame, state, state, torch.ones_like(state[:, :1]).float(), 1)

    def _following(self, frame: Tensor, before: _Before) -> _Before:
        now = self._carried(frame, before)
        if now.age >= CAUSAL_INTERVAL_FRAMES:
            now = self._with_anchor(now)
        return replace(now, state=torch.lerp(now.state, now.coming, SHARE), age=now.age + 1)

    def _carried(self, frame: Tensor, before: _Before) -> _Before:
        """What the frame before leaves, on the grid of this one."""
        stride = self._network.abilities.stride
        flow = shrink(self._flow.between(frame, before.lightness), stride)
        here, there = (_small(one, stride) for one in (frame, before.lightness))
        seen = visibility(here, warp(there, flow))
        state, coming = (self._network.carry(warp(one, flow), seen) for one in (before.state, before.coming))
        return _Before(frame, state, coming, warp(before.trust, flow) * seen, before.age)

    def _with_anchor(self, now: _Before) -> _Before:
        """A new anchor, which is told the colours that were carried as far as they are to be trusted; where
        they are not, it is the state."""
        hint = None
        if self._network.abilities.takes_hints:
            hint = torch.cat([self._network.ab(now.state).float(), now.trust * AGREEMENT], 1)
        anchor = self._network.anchor_states(now.lightness, hint)
        state = torch.lerp(anchor.float(), now.state.float(), now.trust)
        return _Before(now.lightness, state, anchor.float(), torch.ones_like(now.trust), 0)


def _small(lightness: Tensor, stride: int) -> Tensor:
    return F.avg_pool2d(lightness, stride) if stride > 1 else lightness
