"""What is remembered for one shot, and what that says of the anchors and frames of a window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from types import MappingProxyType
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from tcvc_cli.model.flow import DisFlow
from tcvc_cli.model.memory.colors import Colors
from tcvc_cli.model.memory.correspondence import coverage
from tcvc_cli.model.memory.describer import STRIDE_PX
from tcvc_cli.model.memory.entries import Fine, Remembered
from tcvc_cli.model.memory.observer import Looked, Observed, Observer
from tcvc_cli.model.memory.recall import Recalled, enlarged, exactly, grown, recall, recall_closely
from tcvc_cli.model.memory.spread import FineMotion, Spreading, fine_motion
from tcvc_cli.model.propagate import Flows
from tcvc_cli.records import Window

_LONG_FRAMES: Final = 8
_OWN_EAGERNESS: Final = 4
_LOST: Final = 0.85  # of a frame, by the middle of a clip: what is less kept is found anew


@dataclass(frozen=True, slots=True)
class GivenColors:
    """Colours that somebody gave, carried to T frames: `ab` (T, 2, H, W) CIE units, `confidence`
    (T, 1, H, W) in [0, 1], float32."""

    ab: Tensor
    confidence: Tensor


@dataclass(frozen=True, slots=True)
class Hinting:
    """Of one window, by places in it: its `observed` anchors, and what is `recalled` of each as hint planes
    (1, 3, h, w) at the stride of the states. `given` where somebody gave colours of this film. `is_pulled`:
    what is recalled speaks for what is like it; points have done so already."""

    observed: Mapping[int, Observed]
    recalled: Mapping[int, Tensor]
    given: GivenColors | None
    is_pulled: bool = True

    def hint(self, place: int, carried: Tensor | None) -> Tensor:
        """Hint planes of an anchor from what is recalled and what is `carried` from another anchor. What
        somebody gave goes before that, what the model has settled in another shot after it."""
        recalled = self.recalled[place]
        if carried is None:
            return recalled
        first, then = (recalled, carried) if self.given is not None else (carried, recalled)
        left = (1 - first[:, 2:]) * then[:, 2:]
        confidence = first[:, 2:] + left
        ab = (first[:, 2:] * first[:, :2] + left * then[:, :2]) / confidence.clamp(min=1e-6)
        return torch.cat([ab, confidence], 1)

    def laid_over(self, ab: Tensor, lightness: Tensor) -> Tensor:
        """(T, 2, H, W): what was given over the network's `ab` (T, 2, h, w), as far as it is confident."""
        assert self.given is not None
        frames = zip(ab, lightness, strict=True)
        stride = lightness.shape[-1] // ab.shape[-1]
        network = torch.stack([enlarged(colors, light[None], stride) for colors, light in frames])
        laid: Tensor = torch.lerp(network, self.given.ab, self.given.confidence)
        return laid


@dataclass(frozen=True, slots=True)
class ShotMemory:
    """Pictures that count for one shot, chosen of the whole film's."""

    entries: tuple[Remembered, ...] = ()

    @property
    def is_given(self) -> bool:
        """Whether somebody gave colours of this film."""
        return any(one.fine is not None for one in self.entries)

    @property
    def _eagerness(self) -> int:
        """How soon a likeness is believed. Between two guesses of the model itself nobody is right, and what
        counts is that they agree; a stranger's colours must be sure."""
        return _OWN_EAGERNESS if all(one.kind == "settled" for one in self.entries) else 1

    def coverage(self, places: Tensor) -> float | None:
        """The share of a frame with these `places`, as `Observed` has them, that references and points
        explain; None where there are none of them."""
        given = [one.to(places.device) for one in self.entries if one.kind != "settled"]
        return coverage(places, given) if given else None

    def hinting(
        self,
        observer: Observer,
        lightness: Tensor,
        flows: Flows | None,
        window: Window,
        stride: int,
        first: tuple[Tensor, Tensor] | None,
        looked: Mapping[int, Looked] = MappingProxyType({}),
    ) -> Hinting:
        """Of a window of (T, 1, H, W) L*. `stride` is that of the network's states, `first` ab (2, H, W) and
        confidence (1, H, W) that its first frame has from the window before; `looked` holds, by the frame,
        what the observer's eyes have looked at already. `flows` must be there where colours `is_given`."""
        flow, is_close = DisFlow(), self.is_given
        here = ShotMemory(tuple(one.to(lightness.device) for one in self.entries))
        anchors = [anchor - window.start for anchor in window.anchors]
        assert flows is not None or not is_close
        motion = fine_motion(lightness, flows) if is_close and flows is not None else None
        places = anchors if motion is None else _with_middles(anchors, motion)
        exact = {one: here._exact(one + window.start) for one in places}
        observed = {
            one: observer.observe(
                lightness[one : one + 1],
                is_close=is_close and fine is None,
                looked=looked.get(one + window.start),
            )
            for one, fine in exact.items()
        }
        recalled = {one: here._recalled(seen, exact[one], flow) for one, seen in observed.items()}
        if motion is None:
            eager = self._eagerness
            hints = {one: _coarse(what, lightness, stride, eager) for one, what in recalled.items()}
            return Hinting(observed, hints, None)
        found = {one: what.found for one, what in recalled.items()}
        spreading = Spreading(lightness, motion)
        given = spreading.spread(places, found, _begun(lightness, first))
        ab, confidence = given[:, :2], given[:, 2:]
        hints = {one: _pooled(ab[one], confidence[one], stride) for one in anchors}
        is_pulled = any(one.kind == "given" for one in self.entries)
        return Hinting(observed, hints, GivenColors(ab, confidence), is_pulled)

    def _exact(self, frame: int) -> Fine | None:
        """What somebody gave for this very frame."""
        return next((one.fine for one in self.entries if one.frame == frame and one.fine is not None), None)

    def _recalled(self, anchor: Observed, exact: Fine | None, flow: DisFlow) -> Recalled:
        if exact is not None:
            return exactly(exact)
        if self.is_given:
            return recall_closely(anchor, self.entries, flow)
        return recall(anchor, self.entries)


NOTHING: Final = ShotMemory()


def _with_middles(anchors: Sequence[int], motion: FineMotion) -> list[int]:
    """Where the flow loses its way inside a long clip, given colours are found anew in its middle too."""
    kept = torch.minimum(motion.kept_from_previous, motion.kept_from_next).mean((1, 2, 3)).tolist()
    middles = {
        (one + other) // 2
        for one, other in pairwise(anchors)
        if other - one > _LONG_FRAMES and prod(kept[one + 1 : (one + other) // 2]) < _LOST
    }
    return sorted({*anchors, *middles})


def _begun(lightness: Tensor, first: tuple[Tensor, Tensor] | None) -> Colors | None:
    if first is None:
        return None
    ab, confidence = (one.to(lightness.device) for one in first)
    return Colors(torch.cat([lightness[0], ab, confidence]), "carried")


def _coarse(recalled: Recalled, lightness: Tensor, stride: int, eagerness: int) -> Tensor:
    """Places -> hint planes (1, 3, h, w)."""
    matched = recalled.matched
    assert matched is not None
    h, w = (side // stride for side in lightness.shape[-2:])
    sure = 1 - (1 - matched.confidence) ** eagerness
    return grown(torch.cat([matched.ab, sure])[None], (h, w), STRIDE_PX // stride)


def _pooled(ab: Tensor, confidence: Tensor, stride: int) -> Tensor:
    """(2, H, W) and (1, H, W) -> hint planes (1, 3, h, w)."""
    share = F.avg_pool2d(confidence[None], stride)
    mean = F.avg_pool2d(ab[None] * confidence, stride) / share.clamp(min=1e-6)
    return torch.cat([mean, share], 1)
