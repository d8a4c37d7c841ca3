"""One window in, one ab per frame out: anchors that agree, motion, propagation, head."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from tcvc_cli.errors import OutOfMemory
from tcvc_cli.model.film_network import FilmNetwork
from tcvc_cli.model.propagate import Motion, Span, carry_colors, color_between, measure_motion
from tcvc_cli.plan.windows import halves
from tcvc_cli.records import Window

_NO_MEMORY = ("can't allocate memory", "out of memory")  # as the CPU and MPS say it
AGREEMENT = 0.92  # confidence of colours handed from one anchor to the next


@dataclass(frozen=True, slots=True)
class Precision:
    """Arithmetic of the network's layers. Flow, warps and colours are always float32."""

    device: torch.device
    layers: torch.dtype

    def autocast(self) -> torch.autocast:
        is_mixed = self.layers is not torch.float32
        return torch.autocast(self.device.type, self.layers if is_mixed else torch.bfloat16, enabled=is_mixed)


class Engine:
    """Colours windows of one film, in order. Keeps the colours that the next window starts from."""

    def __init__(self, network: FilmNetwork, precision: Precision, *, agreement: float = AGREEMENT) -> None:
        self.network, self._precision, self._agreement = network, precision, agreement
        self._flow = network.flow_estimator()
        self._most_frames: int | None = None  # what fitted into the device's memory last
        self._notices: list[str] = []

    @property
    def device(self) -> torch.device:
        return self._precision.device

    def begin(self) -> None:
        """Forget what did not fit: from here on windows are tried at full length again."""
        self._most_frames = None

    def take_notices(self) -> list[str]:
        """What a user should know since the last call: that memory ran out, and what was done about it."""
        notices, self._notices = self._notices, []
        return notices

    def window(self, lightness: Tensor, window: Window, given: Tensor | None = None) -> Tensor:
        """ab of every frame of the window.

        `lightness` (T, 1, H, W) float32 L*, H and W multiples of the network's stride. `given` (2, h, w):
        the colours that the first frame already has from the window before, in CIE units. Returns
        (T, 2, h, w) float32 ab in CIE units on the CPU.

        Where the device's memory does not hold a window it is coloured in two, each again in two where
        need be, the second from the last colours of the first. OutOfMemory when two frames do not fit.
        """
        if self._most_frames is None or len(window) <= self._most_frames:
            ab = self._tried(lightness, window, given)
            if ab is not None:
                return ab
            self._halve(window)
        first, second = halves(window)
        seam = len(first) - 1
        before = self.window(lightness[: seam + 1], first, given)
        after = self.window(lightness[seam:], second, before[-1])
        return torch.cat([before, after[1:]])

    def _halve(self, window: Window) -> None:
        frames = len(window)
        if frames <= 2:
            raise OutOfMemory(f"{self._precision.device} has no memory for even {frames} frames")
        self._most_frames = frames // 2 + 1
        self._notices.append(
            f"{self._precision.device} ran out of memory with {frames} frames;"
            f" going on with {self._most_frames} at a time"
        )

    def _tried(self, lightness: Tensor, window: Window, given: Tensor | None) -> Tensor | None:
        """None when the device's memory did not hold it."""
        try:
            return self._at_once(lightness, window, given)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        if self._precision.device.type == "cuda":  # after the block, which held on to the tensors
            torch.cuda.empty_cache()
        return None

    @torch.inference_mode()
    def _at_once(self, lightness: Tensor, window: Window, given: Tensor | None) -> Tensor:
        lightness = lightness.to(self._precision.device)
        motion = measure_motion(lightness, self._flow, self.network.abilities.stride)
        with self._precision.autocast():
            anchors = self._anchors(lightness, motion, window, given)
            spans = [Span(c.first - window.start, c.last - window.start) for c in window.clips]
            return color_between(self.network, lightness, motion, spans, anchors).float().cpu()

    def _anchors(
        self, lightness: Tensor, motion: Motion, window: Window, given: Tensor | None
    ) -> dict[int, Tensor]:
        """State (C, h, w) of each anchor, by its place in the window."""
        places = [anchor - window.start for anchor in window.anchors]
        if not self.network.abilities.takes_hints or self._agreement == 0:
            return dict(zip(places, self.network.anchor_states(lightness[places], None), strict=True))
        states: dict[int, Tensor] = {}
        hint = None if given is None else self._hint(given.to(lightness.device), None)
        root = 0 if given is not None or window.root is None else window.root - window.start
        for before, place in _order(places, root):
            if before is not None:
                ab = self.network.ab(states[before][None])[0]
                hint = self._hint(*carry_colors(ab, motion, before, place))
            states[place] = self.network.anchor_states(lightness[place : place + 1], hint)[0]
        return states

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
