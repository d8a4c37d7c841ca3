"""Colouring without a look ahead: what comes later counts for nothing, and what was before only as far as it
is to be trusted."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, pairwise

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from tcvc_cli.errors import OutOfMemory
from tcvc_cli.model.causal.coloring import RENEWAL_FRAMES, RENEWAL_SHARE, SHARE, CausalColoring
from tcvc_cli.model.engine import AGREEMENT, Engine
from tcvc_cli.model.flow import DisFlow
from tcvc_cli.model.precision import Precision
from tcvc_cli.model.shot import color_shot, coloring_of
from tcvc_cli.plan.steps import CAUSAL_INTERVAL_FRAMES, Causally, anchors_of
from tcvc_cli.plan.takes import Take
from tcvc_cli.records import Shot
from tests.material.tiny_network import TinyNetwork

Floats = NDArray[np.float32]
CPU = Precision(torch.device("cpu"), torch.float32)


def coloring(*, takes_hints: bool = True) -> CausalColoring:
    return CausalColoring(Engine(TinyNetwork(takes_hints=takes_hints, flow=DisFlow()), CPU))


def moving(frames: int, seed: int = 0) -> list[Floats]:
    """A picture that moves by 2 px a frame, (48, 64) L*."""
    rng = np.random.default_rng(seed)
    wide = cv2.resize(
        rng.uniform(5, 95, (8, 40)).astype(np.float32), (320, 48), interpolation=cv2.INTER_CUBIC
    )
    return [np.ascontiguousarray(wide[:, 2 * t : 2 * t + 64]).clip(0, 100) for t in range(frames)]


def colored(frames: list[Floats]) -> Floats:
    one = coloring()
    return np.stack([one.next(frame) for frame in frames])


def test_later_frames_change_nothing() -> None:
    frames = moving(12)
    whole = colored(frames)
    assert whole.shape == (12, 2, 12, 16)
    assert whole.dtype == np.float32
    for known in (1, 5, 9):
        other = [*frames[:known], *moving(12 - known, seed=1)]
        np.testing.assert_array_equal(colored(other)[:known], whole[:known])
        assert np.abs(colored(other)[known:] - whole[known:]).max() > 1


def test_a_new_coloring_knows_nothing_of_another() -> None:
    """As at a cut: the frames after it are coloured as if nothing had been before."""
    engine = Engine(TinyNetwork(flow=DisFlow()), CPU)
    first, second = CausalColoring(engine), CausalColoring(engine)
    for frame in moving(6):
        first.next(frame)
    after = [second.next(frame) for frame in moving(6, seed=1)]
    np.testing.assert_array_equal(np.stack(after), colored(moving(6, seed=1)))


def test_anchors_stand_at_fixed_distances() -> None:
    network = TinyNetwork()
    one, seen = CausalColoring(Engine(network, CPU)), []
    for frame in moving(3 * CAUSAL_INTERVAL_FRAMES):
        one.next(frame)
        seen.append(network.anchors_seen)
    new = [number for number, count in enumerate(seen) if count > ([0, *seen])[number]]
    assert new == [0, CAUSAL_INTERVAL_FRAMES, 2 * CAUSAL_INTERVAL_FRAMES]


def still(lightness: float, frames: int = 1) -> list[Floats]:
    return [np.full((16, 16), lightness, np.float32)] * frames


class Changing(TinyNetwork):
    """Its first anchor is red, all others are blue; what it is told counts for nothing."""

    def anchor_states(self, lightness: Tensor, hints: Tensor | None) -> Tensor:
        state = super().anchor_states(lightness, None)
        state[:, 0], state[:, 1] = (80.0, 0.0) if self.anchors_seen == 1 else (0.0, -80.0)
        return state


def test_an_anchor_that_disagrees_comes_in_slowly_and_at_last_wholly() -> None:
    one = CausalColoring(Engine(Changing(), CPU))
    red = [float(one.next(frame)[0].mean()) for frame in still(50, 80)]
    assert red[:CAUSAL_INTERVAL_FRAMES] == pytest.approx([80] * CAUSAL_INTERVAL_FRAMES)
    steps = [before - after for before, after in pairwise(red)]
    assert max(steps) == pytest.approx(80 * SHARE, rel=1e-4)
    assert min(steps) >= -1e-4
    expected = [80 * (1 - SHARE) ** n for n in range(1, 77)]
    np.testing.assert_allclose(red[CAUSAL_INTERVAL_FRAMES:], expected, rtol=1e-3)


def test_where_nothing_can_be_followed_an_anchor_counts_at_once() -> None:
    """The whole picture is another one, and nothing moved: its trust is gone by the next anchor."""
    one = CausalColoring(Engine(Changing(), CPU))
    for frame in (*still(5), *still(95, CAUSAL_INTERVAL_FRAMES - 1)):
        one.next(frame)
    (last,) = still(95)
    assert float(np.abs(one.next(last)[0]).max()) < 1e-3


class Listening(TinyNetwork):
    def __init__(self, *, takes_hints: bool = True) -> None:
        super().__init__(takes_hints=takes_hints)
        self.hints: list[Tensor | None] = []

    def anchor_states(self, lightness: Tensor, hints: Tensor | None) -> Tensor:
        self.hints.append(hints)
        return super().anchor_states(lightness, hints)


def test_an_anchor_is_told_what_was_carried() -> None:
    network = Listening()
    one = CausalColoring(Engine(network, CPU))
    for frame in still(60, CAUSAL_INTERVAL_FRAMES + 1):
        one.next(frame)
    first, second = network.hints
    assert first is None
    assert second is not None
    told = torch.tensor([10.0, -10.0, AGREEMENT]).view(1, 3, 1, 1).expand(1, 3, 4, 4)
    torch.testing.assert_close(second, told)
    deaf = Listening(takes_hints=False)
    one = CausalColoring(Engine(deaf, CPU))
    for frame in still(60, CAUSAL_INTERVAL_FRAMES + 1):
        one.next(frame)
    assert deaf.hints == [None, None]


def test_a_shot_is_one_step_that_holds_one_frame() -> None:
    frames, taken = moving(11), 0

    def counted() -> Iterator[Floats]:
        nonlocal taken
        for one in frames:
            taken += 1
            yield one

    steps = Causally().steps(Take(Shot(100, 111)))
    assert [(step.window.start, step.next_start) for step in steps] == [(100, 111)]
    assert anchors_of(steps) == (100, 104, 108, 110)
    shot = coloring_of("causal", Engine(TinyNetwork(flow=DisFlow()), CPU))
    found = []
    for number, ab in enumerate(color_shot(shot, steps, counted()), 1):
        assert taken == number
        found.append(ab)
    np.testing.assert_array_equal(np.stack(found), colored(frames))
    assert shot.state is None


def test_too_few_frames_are_an_error() -> None:
    steps = Causally().steps(Take(Shot(0, 5)))
    with pytest.raises(ValueError, match="3 frames for a step of 5"):
        list(color_shot(coloring(), steps, iter(moving(3))))


def test_a_device_without_memory_is_said() -> None:
    class Full(TinyNetwork):
        def contexts(self, lightness: Tensor) -> Tensor:
            raise AssertionError

        def anchor_states(self, lightness: Tensor, hints: Tensor | None) -> Tensor:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    with pytest.raises(OutOfMemory, match="no memory for even one frame"):
        CausalColoring(Engine(Full(), CPU)).next(moving(1)[0])


def test_behind_a_dissolve_the_old_colors_are_gone_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing moves, and nothing can be told by lightness: only that there was a dissolve, at frame 10."""
    network, hints = TinyNetwork(), list[Tensor | None]()

    def told(lightness: Tensor, hint: Tensor | None) -> Tensor:
        hints.append(hint)
        state = TinyNetwork.anchor_states(network, lightness, None)
        state[:, 0], state[:, 1] = (80.0, 0.0) if len(hints) <= 3 else (0.0, -80.0)
        return state

    monkeypatch.setattr(network, "anchor_states", told)
    one = CausalColoring(Engine(network, CPU))
    numbers = count()
    monkeypatch.setattr(one._dissolves, "see", lambda luma: next(numbers) == 10)
    red = [float(one.next(frame)[0].mean()) for frame in still(50, 24)]
    assert red[:10] == pytest.approx([80] * 10)
    expected = [80 * (1 - RENEWAL_SHARE) ** n for n in range(1, RENEWAL_FRAMES + 1)]
    np.testing.assert_allclose(red[10 : 10 + RENEWAL_FRAMES], expected, rtol=1e-3)
    first, *during, after = [hint is None for hint in hints[:7]]
    assert (first, during, after) == (True, [False, False, True, False, False], False)
    of_renewal = hints[4]
    assert of_renewal is not None
    assert float(of_renewal[0, 0].max()) == pytest.approx(0)  # the new anchor's, not what is still shown
