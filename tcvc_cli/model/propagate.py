"""Bidirectional feature propagation inside one window (TCVC, Liu et al. 2021, section 3.2).

The clips of a window do not depend on each other once their anchors are coloured, so they step
together: the clip is the batch dimension.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from tcvc_cli.model.film_network import FilmNetwork, Neighbourhood
from tcvc_cli.model.flow import FlowEstimator, shrink, visibility
from tcvc_cli.model.warp import warp


@dataclass(frozen=True, slots=True)
class Motion:
    """Between neighbouring frames of a window of T frames, at the size of the states.

    `to_next[t]` and `to_previous[t]` (T, 2, h, w) px live on the grid of frame t; the masks (T, 1, h, w)
    say how far frame t is seen in that neighbour. The last `to_next` and first `to_previous` are zero.
    """

    to_next: Tensor
    to_previous: Tensor
    seen_in_next: Tensor
    seen_in_previous: Tensor


@dataclass(frozen=True, slots=True)
class Flows:
    """From each of T frames to the next and back: two (T - 1, 2, H, W) float32 px."""

    ahead: Tensor
    back: Tensor


def flows_of(lightness: Tensor, flow: FlowEstimator) -> Flows:
    """Of (T, 1, H, W) L*."""
    if len(lightness) < 2:
        nothing = lightness.new_zeros(0, 2, *lightness.shape[-2:])
        return Flows(nothing, nothing)
    before, after = lightness[:-1], lightness[1:]
    return Flows(flow.between(before, after), flow.between(after, before))


def measure_motion(lightness: Tensor, flow: FlowEstimator, stride: int) -> Motion:
    """`lightness` (T, 1, H, W) L* -> flows and masks of all neighbours."""
    return motion_of(lightness, flows_of(lightness, flow), stride)


def motion_of(lightness: Tensor, flows: Flows, stride: int) -> Motion:
    """The same of flows that are known."""
    return joined([PairMotion.of(lightness, flows, stride)])


@dataclass(frozen=True, slots=True)
class PairMotion:
    """What `Motion` is made of: of N pairs of neighbours, as it has them, `to_next` and `seen_in_next` on the
    grid of the first, the others on that of the second."""

    to_next: Tensor
    to_previous: Tensor
    seen_in_next: Tensor
    seen_in_previous: Tensor

    @classmethod
    def of(cls, lightness: Tensor, flows: Flows, stride: int) -> PairMotion:
        """Of the neighbours among (N + 1, 1, H, W) L*."""
        small = F.avg_pool2d(lightness, stride) if stride > 1 else lightness
        ahead, back = shrink(flows.ahead, stride), shrink(flows.back, stride)
        return cls(
            ahead,
            back,
            visibility(small[:-1], warp(small[1:], ahead)),
            visibility(small[1:], warp(small[:-1], back)),
        )


def joined_flows(pairs: Sequence[Flows]) -> Flows:
    """Of all pairs of a window, in order."""
    return Flows(torch.cat([one.ahead for one in pairs]), torch.cat([one.back for one in pairs]))


def joined(pairs: Sequence[PairMotion]) -> Motion:
    """Of all pairs of a window, in order."""
    like = pairs[0].to_next
    still, seen = like.new_zeros(1, *like.shape[1:]), like.new_ones(1, 1, *like.shape[2:])
    return Motion(
        torch.cat([*(one.to_next for one in pairs), still]),
        torch.cat([still, *(one.to_previous for one in pairs)]),
        torch.cat([*(one.seen_in_next for one in pairs), seen]),
        torch.cat([seen, *(one.seen_in_previous for one in pairs)]),
    )


@dataclass(frozen=True, slots=True)
class Span:
    """A clip inside its window: frame numbers counted from the window's first frame, both anchors."""

    first: int
    last: int


def _backward(
    network: FilmNetwork, motion: Motion, spans: Sequence[Span], states: dict[int, Tensor]
) -> dict[int, Tensor]:
    """State of the last anchor of each span, carried back frame by frame to every frame inside."""
    carried: dict[int, Tensor] = {}
    for distance in range(1, max(span.last - span.first for span in spans)):
        frames = [span.last - distance for span in spans if span.last - distance > span.first]
        after = torch.stack([carried[f + 1] if f + 1 in carried else states[f + 1] for f in frames])
        moved = network.carry(warp(after, motion.to_next[frames]), motion.seen_in_next[frames])
        carried.update(zip(frames, moved, strict=True))
    return carried


def _forward(
    network: FilmNetwork,
    motion: Motion,
    contexts: Tensor,
    spans: Sequence[Span],
    states: dict[int, Tensor],
    backward: dict[int, Tensor],
) -> None:
    """Adds the fused state of every frame inside the spans to `states`, first to last."""
    for distance in range(1, max(span.last - span.first for span in spans)):
        active = [span for span in spans if span.first + distance < span.last]
        frames = [span.first + distance for span in active]
        previous, following = [f - 1 for f in frames], [f + 1 for f in frames]
        before = torch.stack([states[f] for f in previous])
        warped = network.carry(warp(before, motion.to_previous[frames]), motion.seen_in_previous[frames])
        lengths = contexts.new_tensor([span.last - span.first for span in active])
        hood = Neighbourhood(
            forward_warped=warped,
            backward=torch.stack([backward[f] for f in frames]),
            backward_next=torch.stack([backward[f] if f in backward else states[f] for f in following]),
            forward_previous=before,
            context_previous=contexts[previous],
            context=contexts[frames],
            context_next=contexts[following],
            position=distance / lengths,
            step=1 / lengths,
        )
        states.update(zip(frames, network.fuse(hood), strict=True))


def carried_with_trust(warped: Tensor, visible: Tensor) -> Tensor:
    """A warped state (N, C, h, w) whose last plane, its trust, has fallen where its way was occluded."""
    return torch.cat([warped[:, :-1], warped[:, -1:] * visible], 1)


def prior_logit(hood: Neighbourhood) -> Tensor:
    """(N, 1, h, w) log odds of the forward state from position and trust, a state's last plane.

    The forward state is itself a mixture. A share of 1 - t of the first anchor at every t, so an even
    crossing, takes odds of (1 - t) to the step.
    """
    t, step = (one.view(-1, 1, 1, 1) for one in (hood.position, hood.step))
    ahead = (1 - t) * hood.forward_warped[:, -1:] + 1e-3
    back = step * hood.backward[:, -1:] + 1e-3
    return torch.log(ahead) - torch.log(back)


def propagate(
    network: FilmNetwork,
    motion: Motion,
    contexts: Tensor,
    spans: Sequence[Span],
    anchor_states: dict[int, Tensor],
) -> Tensor:
    """(T, C, h, w) states of all frames of the window from those of its anchors.

    `anchor_states` holds (C, h, w) for every first and last frame of `spans`; the spans follow each
    other and together cover frames 0 to T - 1. `contexts` is (T, K, h, w).
    """
    states = dict(anchor_states)
    backward = _backward(network, motion, spans, states)
    _forward(network, motion, contexts, spans, states, backward)
    return torch.stack([states[f] for f in range(len(contexts))])


def color_between(
    network: FilmNetwork,
    lightness: Tensor,
    motion: Motion,
    spans: Sequence[Span],
    anchor_states: dict[int, Tensor],
) -> Tensor:
    """(T, 2, h, w) ab in CIE units of frames with (T, 1, H, W) L*: `propagate`, and what its states show."""
    contexts = network.contexts(lightness)
    return network.ab(propagate(network, motion, contexts, spans, anchor_states))


def carry_colors(ab: Tensor, motion: Motion, first: int, last: int) -> tuple[Tensor, Tensor]:
    """ab (2, h, w) of frame `first`, carried by flow to frame `last` of the window, which may be before it:
    (ab, trust in [0, 1])."""
    carried = torch.cat([ab, torch.ones_like(ab[:1])])[None]
    if first <= last:
        frames, flow, seen = range(first + 1, last + 1), motion.to_previous, motion.seen_in_previous
    else:
        frames, flow, seen = range(first - 1, last - 1, -1), motion.to_next, motion.seen_in_next
    for frame in frames:
        carried = warp(carried, flow[frame : frame + 1])
        carried = torch.cat([carried[:, :2], carried[:, 2:] * seen[frame : frame + 1]], 1)
    return carried[0, :2], carried[0, 2:]
