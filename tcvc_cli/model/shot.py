"""The one loop of a shot: lightness of its frames in, ab of each frame out.

Steps come from `plan/steps.py`. Who colours them is a `ShotColoring`, chosen by the way that the method of
the film states:

    windows     the engine, window by window: colours are handed on to the next window of the shot, and
                blended where two overlap
    causal      frame by frame, each from what the frames before left
    published   TCVC's own test-time path, clip by clip at 256 x 256

Frames are taken from the iterator as they are needed; no more than one window of them is held.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, tee
from typing import Final, Protocol, cast

import numpy as np
import torch
from numpy.typing import NDArray

from tcvc_cli.model.blend import Blender
from tcvc_cli.model.causal.coloring import CausalColoring
from tcvc_cli.model.compat import ClipNetwork, ab_of_clips
from tcvc_cli.model.engine import Engine, WindowColors
from tcvc_cli.model.memory.shot_memory import NOTHING, ShotMemory
from tcvc_cli.plan.steps import Step, Way
from tcvc_cli.trace import span

Floats = NDArray[np.float32]
_NOBODY: Final = np.zeros((0,), np.float32)


@dataclass(frozen=True, slots=True)
class ShotState:
    """What the steps before frame `start` leave to the one that begins there; plain arrays, to be kept.

    `shares` (n, 2, h, w) float32 are the weighted colours that `start` and the frames after it have so far
    where windows overlap, `before` (2, h, w) float32 those that the last window alone gave to `start`, CIE
    units; `given` (1, h, w) says how far somebody gave them, and is empty where nobody did.
    """

    start: int
    shares: Floats
    before: Floats
    given: Floats


class ShotColoring(Protocol):
    """Colours one shot, step by step."""

    def look_ahead(self, step: Step, lightness: Iterator[Floats]) -> None:
        """Takes the frames of the step that follows, and begins what can be known of them by themselves, in
        other threads; where it has none, it does nothing. Raises what `lightness` raises."""
        ...

    def colors(self, step: Step, lightness: Iterator[Floats]) -> Iterator[Floats]:
        """ab (2, h, w) float32 in CIE units of every frame that the step finishes, in order.

        `lightness` yields (H, W) float32 L* of the frames that no step took before. ValueError when it
        ends too early.
        """
        ...

    @property
    def state(self) -> ShotState | None:
        """What the next step needs of those that were coloured; None where it needs nothing."""
        ...


class WindowColoring:
    """One window after another through the engine; goes on from `state` at the step that begins there."""

    def __init__(self, engine: Engine, state: ShotState | None = None, memory: ShotMemory = NOTHING) -> None:
        self._engine, self._memory = engine, memory
        self._held, self._held_from = deque[Floats](), 0  # lightness, from the frame of that number on
        self._ahead = engine.frames_ahead(memory)
        self._blender = Blender()
        self._before: WindowColors | None = None
        self._next_start = 0
        if state is not None:
            self._blender.resume(state.start, state.shares)
            self._before, self._next_start = _resumed(state), state.start

    def look_ahead(self, step: Step, lightness: Iterator[Floats]) -> None:
        if self._ahead is not None:
            self._hold(step, lightness)

    def colors(self, step: Step, lightness: Iterator[Floats]) -> Iterator[Floats]:
        window = step.window
        self._hold(step, lightness)
        frames = torch.from_numpy(np.stack(list(islice(self._held, len(window)))))[:, None]
        with span("window", f"frames {window.start} to {window.stop - 1}"):
            colors = _mean(
                [
                    self._engine.window(frames, one, self._before, self._memory, self._ahead)
                    for one in step.samplings
                ]
            )
        is_shared = step.next_start < window.stop
        self._before = colors.at(step.next_start - window.start) if is_shared else None
        self._next_start = step.next_start
        if self._ahead is not None:
            self._ahead.forget_before(step.next_start)
        self._blender.add(window, colors.ab.numpy())
        for _, ab in self._blender.ready(step.next_start):
            self._held.popleft()
            self._held_from += 1
            yield ab

    @property
    def state(self) -> ShotState | None:
        shares = self._blender.pending
        if shares is None or self._before is None:
            return None
        ab, given = self._before.ab.numpy()[0], self._before.given
        return ShotState(self._next_start, shares, ab, _NOBODY if given is None else given.numpy()[0])

    def _hold(self, step: Step, lightness: Iterator[Floats]) -> None:
        """All frames of the step's window; what can be known of them by themselves is begun as they come."""
        window, anchors = step.window, {anchor for one in step.samplings for anchor in one.anchors}
        if not self._held:
            self._held_from = window.start
        first_new = self._held_from + len(self._held)
        for number in sorted(one for one in anchors if one < first_new):
            self._look_at(number)
        for number, new in zip(range(first_new, window.stop), lightness, strict=False):
            self._held.append(new)
            if self._ahead is not None:
                self._ahead.add(number, _frame(new))
            if number in anchors:
                self._look_at(number)
        count = self._held_from + len(self._held) - window.start
        if count < len(window):
            raise ValueError(f"{count} frames for a window of {len(window)}")

    def _look_at(self, number: int) -> None:
        if self._ahead is not None:
            self._ahead.look_at(number, _frame(self._held[number - self._held_from]))


def _frame(lightness: Floats) -> torch.Tensor:
    """(1, 1, H, W)."""
    return torch.from_numpy(lightness)[None, None]


def _resumed(state: ShotState) -> WindowColors:
    given = torch.from_numpy(state.given)[None] if state.given.size else None
    return WindowColors(torch.from_numpy(state.before)[None], given)


def _mean(samplings: Sequence[WindowColors]) -> WindowColors:
    """Of windows over the same frames with different anchors."""
    if len(samplings) == 1:
        return samplings[0]
    given = [one.given for one in samplings if one.given is not None]
    return WindowColors(
        torch.stack([one.ab for one in samplings]).mean(0), torch.stack(given).mean(0) if given else None
    )


class PublishedColoring:
    """The whole shot in one step, as TCVC's authors do it; nothing can be resumed in its middle, and nothing
    is remembered."""

    def __init__(self, engine: Engine, state: ShotState | None = None, memory: ShotMemory = NOTHING) -> None:
        self._network, self._device = cast(ClipNetwork, engine.network), engine.device

    def look_ahead(self, step: Step, lightness: Iterator[Floats]) -> None:
        """There is no other step."""

    def colors(self, step: Step, lightness: Iterator[Floats]) -> Iterator[Floats]:
        frames = (torch.from_numpy(one)[None].to(self._device) for one in islice(lightness, len(step.window)))
        copies = zip(tee(frames, len(step.samplings)), step.samplings, strict=True)
        runs = [ab_of_clips(self._network, copy, window.clips) for copy, window in copies]
        for samplings in zip(*runs, strict=True):
            yield torch.stack(samplings).mean(0).cpu().numpy()

    @property
    def state(self) -> None:
        return None


WAYS: Final[Mapping[Way, Callable[[Engine, ShotState | None, ShotMemory], ShotColoring]]] = {
    "windows": WindowColoring,
    "causal": CausalColoring,
    "published": PublishedColoring,
}


def coloring_of(
    way: Way, engine: Engine, state: ShotState | None = None, memory: ShotMemory = NOTHING
) -> ShotColoring:
    """A new coloring of one shot; `state` is what `ShotColoring.state` was before the step to begin with,
    `memory` what is remembered for the shot."""
    return WAYS[way](engine, state, memory)


def color_shot(
    coloring: ShotColoring, steps: Iterable[Step], lightness: Iterator[Floats]
) -> Iterator[Floats]:
    """ab (2, h, w) of all frames that the steps finish, in order."""
    for step in steps:
        yield from coloring.colors(step, lightness)
