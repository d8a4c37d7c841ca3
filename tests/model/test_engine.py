"""Windows, propagation and blending: the fast ways against their slow twins."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from tcvc_cli.model.blend import Blender
from tcvc_cli.model.engine import Engine, WindowColors
from tcvc_cli.model.flow import DisFlow, shrink, visibility
from tcvc_cli.model.networks.mini import Mini
from tcvc_cli.model.precision import Precision
from tcvc_cli.model.propagate import Span, carry_colors, measure_motion, propagate
from tcvc_cli.model.shot import color_shot, coloring_of
from tcvc_cli.plan.steps import InWindows
from tcvc_cli.plan.takes import Take
from tcvc_cli.plan.windows import windows
from tcvc_cli.records import Clip, Shot, Window
from tests.material.fresh_mini import fresh_mini
from tests.material.tiny_network import TinyNetwork

CPU = Precision(torch.device("cpu"), torch.float32)


def moving_film(frames: int, height: int = 64, width: int = 96) -> torch.Tensor:
    """(T, 1, H, W): a smooth pattern that moves 1.5 px a frame to the right."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    film = [
        50 + 25 * np.sin((x - 1.5 * t) / 7) + 20 * np.cos(y / 9 + (x - 1.5 * t) / 15) for t in range(frames)
    ]
    return torch.from_numpy(np.stack(film).astype(np.float32))[:, None]


@pytest.fixture(scope="module")
def mini() -> Mini:
    torch.manual_seed(1)
    network = fresh_mini()
    # Fresh weights are zero, and zero would test nothing.
    last = network.propagation.weigh[-1]
    assert isinstance(last, torch.nn.Conv2d)
    torch.nn.init.normal_(last.weight, std=0.02)
    return network


def whole(
    network: Mini | TinyNetwork, film: Tensor, shot: Shot, agreement: float = 0.0, **plan: Any
) -> NDArray[np.float32]:
    coloring = coloring_of("windows", Engine(network, CPU, agreement=agreement))
    steps = InWindows(**plan).steps(Take(shot))
    return np.stack(list(color_shot(coloring, steps, iter(film[:, 0].numpy()))))


def test_without_learning_colours_cross_over_evenly_in_a_still_scene() -> None:
    network = fresh_mini()
    film = moving_film(1).repeat(9, 1, 1, 1)
    states = network.anchor_states(film[:2], None)
    states[0, 64], states[1, 64] = 1.0, 0.0  # an offset of a*, which only propagation moves
    states = propagate(
        network,
        measure_motion(film, DisFlow(), network.abilities.stride),
        network.contexts(film),
        [Span(0, 8)],
        {0: states[0], 8: states[1]},
    )
    np.testing.assert_allclose(states[:, 64].mean((1, 2)), np.linspace(1, 0, 9), atol=0.01)


def test_clips_stepped_together_equal_clips_one_by_one(mini: Mini) -> None:
    film = moving_film(14)
    spans = [Span(0, 4), Span(4, 9), Span(9, 13)]
    motion = measure_motion(film, DisFlow(), mini.abilities.stride)
    contexts = mini.contexts(film)
    anchors = {place: mini.anchor_states(film[place : place + 1], None)[0] for place in (0, 4, 9, 13)}
    together = propagate(mini, motion, contexts, spans, anchors)
    states = dict(anchors)
    for span in spans:
        part = slice(span.first, span.last + 1)
        cut = type(motion)(*(getattr(motion, name)[part] for name in motion.__slots__))
        own = {0: anchors[span.first], span.last - span.first: anchors[span.last]}
        alone = propagate(mini, cut, contexts[part], [Span(0, span.last - span.first)], own)
        states.update({span.first + place: state for place, state in enumerate(alone)})
    apart = torch.stack([states[place] for place in range(14)])
    assert torch.allclose(together, apart, atol=2e-4)
    assert (together[1] - together[0]).abs().max() > 1e-3


def test_windows_with_the_same_anchors_equal_the_whole_shot(mini: Mini) -> None:
    film, shot = moving_film(28), Shot(0, 28)
    plan: dict[str, Any] = {"interval_frames": 3, "clips_per_window": 5, "overlap_frames": 4}
    assert [window.anchors[-2:] for window in windows(shot, **plan)] == [(12, 15), (24, 27)]
    assert windows(shot, **plan)[1].anchors[:2] == (12, 15)
    at_once = whole(mini, film, shot, interval_frames=3, clips_per_window=9, overlap_frames=0)
    np.testing.assert_allclose(whole(mini, film, shot, **plan), at_once, atol=1e-3)


def test_overlapping_windows_blend_without_a_step() -> None:
    film = moving_film(60)
    ab = whole(TinyNetwork(), film, Shot(0, 60), interval_frames=8, clips_per_window=2, overlap_frames=5)
    assert len(ab) == 60
    steps = np.abs(np.diff(ab, axis=0)).mean((1, 2, 3))
    assert steps.max() < 4 * np.median(steps)


def test_a_static_shot_has_static_colours(mini: Mini) -> None:
    film = moving_film(1).expand(13, -1, -1, -1)
    ab = whole(fresh_mini(), film, Shot(0, 13), interval_frames=6, clips_per_window=2, overlap_frames=2)
    assert np.abs(ab - ab[:1]).max() < 1e-2


def test_a_shot_of_one_frame_is_its_anchor() -> None:
    film = moving_film(1)
    window = Window((Clip(0, 0),), (Fraction(1),))
    network = TinyNetwork()
    ab = Engine(network, CPU).window(film, window).ab
    assert ab.shape == (1, 2, 16, 24)
    assert network.anchors_seen == 1


def test_anchors_agree_when_they_take_hints() -> None:
    film = moving_film(1).repeat(9, 1, 1, 1)
    film[4:] += 5  # the tiny network would choose other colours from here on
    window = windows(Shot(0, 9), interval_frames=8)[0]
    apart = Engine(TinyNetwork(), CPU, agreement=0).window(film, window).ab
    agreed = Engine(TinyNetwork(), CPU, agreement=0.9).window(film, window).ab
    assert (agreed[8] - agreed[0]).abs().mean() < 0.5 * (apart[8] - apart[0]).abs().mean()


def test_the_next_window_starts_from_given_colours() -> None:
    film = moving_film(5)
    window = Window((Clip(0, 4),), (Fraction(1),) * 5)
    given = torch.full((2, 16, 24), 33.0)
    ab = Engine(TinyNetwork(), CPU, agreement=1.0).window(film, window, WindowColors(given[None])).ab
    assert torch.allclose(ab[0], given)


def test_blender_lets_go_of_frames_in_order_and_once() -> None:
    blender = Blender()
    half = Fraction(1, 2)
    blender.add(
        Window((Clip(0, 3),), (Fraction(1), Fraction(1), half, half)), np.ones((4, 2, 1, 1), np.float32)
    )
    assert [frame for frame, _ in blender.ready(2)] == [0, 1]
    blender.add(
        Window((Clip(2, 5),), (half, half, Fraction(1), Fraction(1))), 3 * np.ones((4, 2, 1, 1), np.float32)
    )
    rest = list(blender.ready(6))
    assert [frame for frame, _ in rest] == [2, 3, 4, 5]
    assert [float(ab.mean()) for _, ab in rest] == [2, 2, 3, 3]
    assert not list(blender.ready(6))


def test_flow_finds_the_motion_and_its_direction() -> None:
    film = moving_film(2)
    flow = DisFlow().between(film[:1], film[1:])
    inside = flow[0, :, 16:-16, 16:-16]
    assert float(inside[0].median()) == pytest.approx(1.5, abs=0.3)
    assert float(inside[1].median()) == pytest.approx(0, abs=0.3)
    assert shrink(flow, 4).shape == (1, 2, 16, 24)
    assert float(shrink(flow, 4)[0, 0, 4:-4, 4:-4].median()) == pytest.approx(1.5 / 4, abs=0.1)


def test_flow_of_a_tiny_film_has_its_size() -> None:
    assert DisFlow().between(torch.zeros(1, 1, 16, 16), torch.zeros(1, 1, 16, 16)).shape == (1, 2, 16, 16)


def test_visibility_falls_with_the_lightness_difference() -> None:
    a = torch.tensor([50.0, 50.0, 50.0])
    seen = visibility(a, torch.tensor([50.0, 60.0, 90.0]))
    assert seen[0] == 1
    assert float(seen[1]) == pytest.approx(np.exp(-0.5), abs=1e-6)
    assert seen[2] < 1e-3


def test_colours_are_carried_along_the_flow() -> None:
    film = moving_film(5)
    ab = torch.cat([film[:1], -film[:1]], 1)[0]
    motion = measure_motion(film, DisFlow(), 1)
    carried, trust = carry_colors(ab, motion, 0, 4)
    truth = torch.cat([film[4:], -film[4:]], 1)[0]
    middle = (slice(None), slice(8, -8), slice(16, -8))
    assert (carried - truth)[middle].abs().mean() < 0.3 * (ab - truth)[middle].abs().mean()
    assert 0.5 < float(trust.mean()) <= 1
