"""Given colours, px by px, carried through the frames of one window and weighed where they meet.

    picture ──► laid over each anchor (alignment) ─┐
    memory ──► likest places of each anchor ───────┼─► colours of the anchor ──► to the frames between,
    anchor before and after, along the flow ───────┘                             from both sides

A pass forwards and one backwards, as TCVC (Liu et al. 2021, section 3.2) propagates features; but colours,
and at the size of the model's input, for what a person gave is to be kept to the pixel. Deep Exemplar (Zhang
et al. 2019, section 3.2) gives a recurrent network the frame before; here the flow says what is carried, and
what was carried badly is matched anew at the next anchor rather than carried on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import torch
from torch import Tensor

from tcvc_cli.model.flow import visibility
from tcvc_cli.model.memory.alignment import reaches
from tcvc_cli.model.memory.colors import Colors, fused
from tcvc_cli.model.propagate import Flows
from tcvc_cli.model.warp import warp

_ASTRAY_PX: Final = 1.5  # there and back between neighbours: at which a place is trusted 1 / e

Found = Mapping[int, Sequence[Colors]]  # by frame; there is something for every anchor


@dataclass(frozen=True, slots=True)
class FineMotion:
    """Between neighbouring frames of a window of T frames, px by px.

    `to_next[t]` and `to_previous[t]` (T, 2, H, W) live on the grid of frame t; `kept_from_next[t]` and
    `kept_from_previous[t]` (T, 1, H, W) in [0, 1] say how far colours fetched from there are trusted.
    """

    to_next: Tensor
    to_previous: Tensor
    kept_from_next: Tensor
    kept_from_previous: Tensor


def fine_motion(lightness: Tensor, flows: Flows) -> FineMotion:
    """`lightness` (T, 1, H, W) L*."""
    nothing = lightness.new_zeros(1, 2, *lightness.shape[-2:])
    if len(lightness) < 2:
        return FineMotion(nothing, nothing, nothing[:, :1], nothing[:, :1])
    before, after = lightness[:-1], lightness[1:]
    return FineMotion(
        torch.cat([flows.ahead, nothing]),
        torch.cat([nothing, flows.back]),
        torch.cat([_kept(before, after, flows.ahead, flows.back), nothing[:, :1]]),
        torch.cat([nothing[:, :1], _kept(after, before, flows.back, flows.ahead)]),
    )


def _kept(a: Tensor, b: Tensor, there: Tensor, back: Tensor) -> Tensor:
    astray = (warp(back, there) + there).square().sum(1, keepdim=True)
    return torch.exp(-astray / _ASTRAY_PX**2) * visibility(a, warp(b, there)) * reaches(there)


@dataclass(frozen=True, slots=True)
class Spreading:
    """Of one window of (T, 1, H, W) L*."""

    lightness: Tensor
    motion: FineMotion

    def spread(self, anchors: Sequence[int], found: Found, first: Colors | None = None) -> Tensor:
        """(T, 3, H, W): ab and confidence of all frames.

        `anchors` rise from the first frame to the last; `found` are the colours that were found for each,
        whatever was carried to it; `first` those that the first frame already has.
        """
        at = self._at_anchors(anchors, found, first)
        frames = dict(at)
        for start, stop in pairwise(anchors):
            frames |= self._between(start, stop, at)
        return torch.stack([frames[number].planes[1:] for number in sorted(frames)])

    def _at_anchors(self, anchors: Sequence[int], found: Found, first: Colors | None) -> dict[int, Colors]:
        known = {**found, anchors[0]: [first]} if first else found
        ahead, back = (self._arriving(order, known) for order in (anchors, anchors[::-1]))
        at = {
            one: self._fused(one, [*known[one], *ahead.get(one, ()), *back.get(one, ())]) for one in anchors
        }
        return {**at, anchors[0]: first} if first else at

    def _arriving(self, order: Sequence[int], found: Found) -> dict[int, list[Colors]]:
        """What reaches each anchor from those that are before it in `order`."""
        arriving: dict[int, list[Colors]] = {}
        colors = self._fused(order[0], found[order[0]])
        for before, anchor in pairwise(order):
            *_, last = self._carried(colors, before, anchor)
            arriving[anchor] = [last]
            colors = self._fused(anchor, [*found[anchor], last])
        return arriving

    def _between(self, start: int, stop: int, at: Mapping[int, Colors]) -> dict[int, Colors]:
        """Of the frames inside a clip, from both its anchors."""
        ahead = list(self._carried(at[start], start, stop))[:-1]
        back = list(self._carried(at[stop], stop, start))[-2::-1]
        frames = {}
        for number, (one, other) in enumerate(zip(ahead, back, strict=True), start + 1):
            share = (number - start) / (stop - start)
            both = [replace(one, nearness=1 - share), replace(other, nearness=share)]
            frames[number] = self._fused(number, both)
        return frames

    def _carried(self, colors: Colors, first: int, last: int) -> Iterator[Colors]:
        """The colours of frame `first`, along the flow to every frame after it up to `last`, which may be
        before it."""
        planes, motion = colors.planes[None], self.motion
        if first < last:
            frames, flow, kept = range(first + 1, last + 1), motion.to_previous, motion.kept_from_previous
        else:
            frames, flow, kept = range(first - 1, last - 1, -1), motion.to_next, motion.kept_from_next
        for frame in frames:
            planes = warp(planes, flow[frame : frame + 1])
            planes = torch.cat([planes[:, :3], planes[:, 3:] * kept[frame : frame + 1]], 1)
            yield Colors(planes[0], "carried")

    def _fused(self, frame: int, found: Sequence[Colors]) -> Colors:
        return fused(found, self.lightness[frame])
