"""One window in, one ab per frame out: anchors that agree, motion, propagation, head. And what is said of one
frame alone."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from itertools import pairwise
from typing import TypeVar, cast

import torch
from torch import Tensor
from torch.nn import functional as F

from tcvc_cli.errors import OutOfMemory
from tcvc_cli.model.ahead.frames import FramesAhead, Lookout
from tcvc_cli.model.film_network import DoubtingNetwork, FilmNetwork
from tcvc_cli.model.flow import at_full_size
from tcvc_cli.model.memory.observer import Looked, LookingNetwork, Observer
from tcvc_cli.model.memory.shot_memory import NOTHING, Hinting, ShotMemory
from tcvc_cli.model.precision import Precision
from tcvc_cli.model.propagate import (
    Flows,
    Motion,
    Span,
    carry_colors,
    color_between,
    flows_of,
    joined,
    joined_flows,
    motion_of,
)
from tcvc_cli.plan.windows import halves
from tcvc_cli.records import Clip, Window

T = TypeVar("T")
_NO_MEMORY = ("can't allocate memory", "out of memory")  # as the CPU and MPS say it
AGREEMENT = 0.92  # confidence of colours handed from one anchor to the next


@dataclass(frozen=True, slots=True)
class WindowColors:
    """Of T frames: `ab` (T, 2, h, w) in CIE units, and how far it was given by somebody, `given`
    (T, 1, h, w) in [0, 1], None where nothing was; float32, on the CPU. The size is that of the network's
    states; of the model's input where something was given."""

    ab: Tensor
    given: Tensor | None = None

    def at(self, place: int) -> WindowColors:
        """Of one frame alone."""
        part = slice(place % len(self.ab), place % len(self.ab) + 1)
        return WindowColors(self.ab[part], None if self.given is None else self.given[part])

    def followed_by(self, other: WindowColors) -> WindowColors:
        """Both in a row; the last frame here is the first there, and not taken twice."""
        both = self.given is not None and other.given is not None
        given = torch.cat([self.given, other.given[1:]]) if both else None  # type: ignore[list-item, index]
        return WindowColors(torch.cat([self.ab, other.ab[1:]]), given)


@dataclass(frozen=True, slots=True)
class Alone:
    """What is said of one frame by itself: its `ab` (1, 2, h, w), and `doubt` (1, 1, h, w), how far off the
    network expects its own colours to be there, None where it cannot tell; CIE units, float32, on the CPU.
    `coverage`: the share of the frame that references and points explain, None without them."""

    ab: Tensor
    doubt: Tensor | None
    coverage: float | None


@dataclass(frozen=True, slots=True)
class _Asked:
    """An anchor: its `lightness` (1, 1, H, W), its `places` as `Observed` has them, None where nobody asked,
    and what gives its state (1, C, h, w) without the others."""

    lightness: Tensor
    places: Tensor | None
    state: Callable[[], Tensor]


@dataclass(frozen=True, slots=True)
class _LastWindow:
    """Its anchors by frame, for those who ask for one alone, and what was remembered for them."""

    memory: ShotMemory = NOTHING
    anchors: dict[int, _Asked] = field(default_factory=dict)


class Engine:
    """Colours windows of one film, in order. `observer` is there where something may be remembered, `lookout`
    where frames may be looked at in other threads before their window is coloured."""

    def __init__(
        self,
        network: FilmNetwork,
        precision: Precision,
        *,
        agreement: float = AGREEMENT,
        observer: Observer | None = None,
        lookout: Lookout | None = None,
    ) -> None:
        self.network, self._precision, self._agreement = network, precision, agreement
        self.observer, self.lookout = observer, lookout
        self._flow = network.flow_estimator()
        self._flow_of_given = at_full_size(self._flow)
        self._most_frames: int | None = None  # what fitted into the device's memory last
        self._notices: list[str] = []
        self._last = _LastWindow()

    @property
    def precision(self) -> Precision:
        return self._precision

    @property
    def device(self) -> torch.device:
        return self._precision.device

    def frames_ahead(self, memory: ShotMemory = NOTHING) -> FramesAhead | None:
        """For frames of one shot; None where there is no lookout."""
        return None if self.lookout is None else FramesAhead(self.lookout, keeps_flows=memory.is_given)

    def begin(self) -> None:
        """Forget what did not fit: from here on windows are tried at full length again."""
        self._most_frames = None

    def take_notices(self) -> list[str]:
        """What a user should know since the last call: that memory ran out, and what was done about it."""
        notices, self._notices = self._notices, []
        return notices

    def window(
        self,
        lightness: Tensor,
        window: Window,
        before: WindowColors | None = None,
        memory: ShotMemory = NOTHING,
        ahead: FramesAhead | None = None,
    ) -> WindowColors:
        """ab of every frame of the window.

        `lightness` (T, 1, H, W) float32 L*, H and W multiples of the network's stride. `before`: the colours
        of one frame, which the first one already has from the window before. `ahead`: what is known of the
        frames already, by the lookout.

        Where the device's memory does not hold a window it is coloured in two, each again in two where
        need be, the second from the last colours of the first. OutOfMemory when two frames do not fit.
        """
        ahead = ahead or self._ahead(lightness, window, memory)
        if self._most_frames is None or len(window) <= self._most_frames:
            colors = self._tried(lambda: self._at_once(lightness, window, before, memory, ahead))
            if colors is not None:
                return colors
            self._halve(window)
        first, second = halves(window)
        seam = len(first) - 1
        earlier = self.window(lightness[: seam + 1], first, before, memory, ahead)
        return earlier.followed_by(self.window(lightness[seam:], second, earlier.at(-1), memory, ahead))

    def alone(self, lightness: Tensor, frame: int, memory: ShotMemory = NOTHING) -> Alone | None:
        """Of one frame (1, 1, H, W) of the film, as if there were no other. None where the device's memory
        does not hold it. Nothing that this engine is asked later is answered otherwise for it. An anchor of
        the last window costs next to nothing, unless somebody gave colours of the film."""
        return self._tried(lambda: self._by_itself(lightness, frame, memory))

    def _ahead(self, lightness: Tensor, window: Window, memory: ShotMemory) -> FramesAhead | None:
        """Of a window that nobody has looked at before; of a single frame there is nothing to divide."""
        ahead = self.frames_ahead(memory)
        if ahead is None or len(window) < 2:
            return None
        anchors = frozenset(window.anchors)
        for place, number in enumerate(range(window.start, window.stop)):
            frame = lightness[place : place + 1]
            ahead.add(number, frame)
            if number in anchors:
                ahead.look_at(number, frame)
        return ahead

    def _halve(self, window: Window) -> None:
        frames = len(window)
        if frames <= 2:
            raise OutOfMemory(f"{self._precision.device} has no memory for even {frames} frames")
        self._most_frames = frames // 2 + 1
        self._notices.append(
            f"{self._precision.device} ran out of memory with {frames} frames;"
            f" going on with {self._most_frames} at a time"
        )

    def _tried(self, compute: Callable[[], T]) -> T | None:
        """None when the device's memory did not hold it."""
        try:
            return compute()
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        if self._precision.device.type == "cuda":  # after the block, which held on to the tensors
            torch.cuda.empty_cache()
        return None

    @torch.inference_mode()
    def _at_once(
        self,
        lightness: Tensor,
        window: Window,
        before: WindowColors | None,
        memory: ShotMemory,
        ahead: FramesAhead | None,
    ) -> WindowColors:
        self._last = _LastWindow(memory)
        lightness = lightness.to(self._precision.device)
        flows, motion = self._motion(lightness, window, memory, ahead)
        looks = {} if ahead is None else ahead.looks(window.anchors)
        spans = [Span(c.first - window.start, c.last - window.start) for c in window.clips]
        with self._precision.autocast():
            hinting = self._hinting(lightness, flows, window, before, memory, looks)
            anchors = self._anchors(lightness, motion, window, before, hinting, looks, self._last.anchors)
            ab = color_between(self.network, lightness, motion, spans, anchors).float()
        if hinting is None or hinting.given is None:
            return WindowColors(ab.cpu())
        return WindowColors(hinting.laid_over(ab, lightness).cpu(), hinting.given.confidence.cpu())

    @torch.inference_mode()
    def _by_itself(self, lightness: Tensor, frame: int, memory: ShotMemory) -> Alone:
        lightness = lightness.to(self._precision.device)
        known = self._last.anchors.get(frame) if self._last.memory is memory else None
        if known is not None and torch.equal(known.lightness, lightness):
            with self._precision.autocast():
                return self._said(known.state(), known.places, memory)
        window = Window((Clip(frame, frame),), (Fraction(1),))
        flows, motion = self._motion(lightness, window, memory, None)
        with self._precision.autocast():
            hinting = self._hinting(lightness, flows, window, None, memory, {})
            state = self._anchors(lightness, motion, window, None, hinting, {}, {})[0][None]
            said = self._said(state, None if hinting is None else hinting.observed[0].places, memory)
        if hinting is None or hinting.given is None:
            return said
        ab = hinting.laid_over(said.ab.to(self.device), lightness)
        return replace(said, ab=ab.cpu())

    def _said(self, state: Tensor, places: Tensor | None, memory: ShotMemory) -> Alone:
        ab = self.network.ab(state).float().cpu()
        return Alone(ab, self._doubt(state), None if places is None else memory.coverage(places))

    def _doubt(self, states: Tensor) -> Tensor | None:
        if not self.network.abilities.tells_doubt:
            return None
        return cast(DoubtingNetwork, self.network).doubt(states).float().cpu()

    def _motion(
        self, lightness: Tensor, window: Window, memory: ShotMemory, ahead: FramesAhead | None
    ) -> tuple[Flows | None, Motion]:
        """Flows at the size of the input too, where they are there."""
        stride = self.network.abilities.stride
        if ahead is None or len(window) < 2:
            flows = flows_of(lightness, self._flow_of_given if memory.is_given else self._flow)
            return flows, motion_of(lightness, flows, stride)
        pairs = ahead.pairs(window)
        motion, fine = joined([one.motion for one in pairs]), [one.flows for one in pairs if one.flows]
        return joined_flows(fine) if fine else None, motion

    def _hinting(
        self,
        lightness: Tensor,
        flows: Flows | None,
        window: Window,
        before: WindowColors | None,
        memory: ShotMemory,
        looks: Mapping[int, Looked],
    ) -> Hinting | None:
        """What is remembered of the anchors."""
        if not memory.entries or self.observer is None:
            return None
        first = None if before is None or before.given is None else (before.ab[0], before.given[0])
        stride = self.network.abilities.stride
        return memory.hinting(self.observer, lightness, flows, window, stride, first, looks)

    def _anchors(
        self,
        lightness: Tensor,
        motion: Motion,
        window: Window,
        before: WindowColors | None,
        hinting: Hinting | None,
        looks: Mapping[int, Looked],
        asked: dict[int, _Asked],
    ) -> dict[int, Tensor]:
        """State (C, h, w) of each anchor, by its place in the window; `looks` are those that are there, by
        the frame; `asked` is filled, by the frame."""
        places = [anchor - window.start for anchor in window.anchors]
        if not self.network.abilities.takes_hints or self._agreement == 0:
            return dict(zip(places, self.network.anchor_states(lightness[places], None), strict=True))
        states: dict[int, Tensor] = {}
        hint = None if before is None else self._hint(self._as_states(before), None)
        root = 0 if before is not None or window.root is None else window.root - window.start
        for other, place in _order(places, root):
            if other is not None:
                ab = self.network.ab(states[other][None])[0]
                hint = self._hint(*carry_colors(ab, motion, other, place))
            anchor = lightness[place : place + 1]
            look = self._look(anchor, place, hinting, looks.get(window.start + place))
            states[place] = look(hint)[0]
            if hinting is None or hinting.given is None:
                seen = None if hinting is None else hinting.observed[place].places
                asked[window.start + place] = _Asked(anchor, seen, partial(look, None))
        return states

    def _look(
        self, anchor: Tensor, place: int, hinting: Hinting | None, looked: Looked | None
    ) -> Callable[[Tensor | None], Tensor]:
        """Looks at an anchor (1, 1, H, W) once; from hint planes that are carried to it, its state."""
        if hinting is not None and self.observer is not None:
            observer, told = self.observer, hinting
            return lambda hint: observer.states(
                told.observed[place], told.hint(place, hint), is_pulled=told.is_pulled
            )
        if self.network.abilities.sees_places:
            eyes = cast(LookingNetwork, self.network)
            return partial(eyes.states_of, eyes.look_at(anchor) if looked is None else looked)
        return partial(self.network.anchor_states, anchor)

    def _as_states(self, before: WindowColors) -> Tensor:
        """(2, h, w) ab of the one frame, at the size of the network's states."""
        ab, stride = before.ab.to(self.device), self.network.abilities.stride
        return ab[0] if before.given is None else F.avg_pool2d(ab, stride)[0]

    def _hint(self, ab: Tensor, trust: Tensor | None) -> Tensor:
        """(1, 3, h, w) hint planes; where the way was occluded, nothing is handed on."""
        confidence = torch.full_like(ab[:1], self._agreement) if trust is None else trust * self._agreement
        return torch.cat([ab, confidence])[None]


def is_out_of_memory(error: Exception) -> bool:
    """Whether it says that the device's memory, or the machine's, does not hold what was asked for."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _NO_MEMORY)


def _order(places: Sequence[int], root: int) -> Iterator[tuple[int | None, int]]:
    """Each anchor with the one that it is to agree with: outwards from the root, first to the later ones."""
    first = bisect_left(places, root)
    yield None, places[first]
    yield from pairwise(places[first:])
    yield from pairwise(places[first::-1])
