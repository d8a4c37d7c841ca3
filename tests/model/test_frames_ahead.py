"""Flow and looks in other threads: the same as if one thread did it all."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tcvc_cli.model.ahead.frames import Lookout
from tcvc_cli.model.engine import Engine
from tcvc_cli.model.flow import FlowEstimator
from tcvc_cli.model.networks.mini import Mini
from tcvc_cli.model.precision import Precision
from tcvc_cli.model.runtime import lookout_of
from tcvc_cli.model.shot import color_shot, coloring_of
from tcvc_cli.plan.steps import InWindows
from tcvc_cli.plan.takes import Take
from tcvc_cli.records import Shot
from tcvc_cli.workers import Workers

Floats = NDArray[np.float32]
FLOAT = Precision(torch.device("cpu"), torch.float32)
FRAMES = 23


@pytest.fixture(scope="module")
def network() -> Iterator[Mini]:
    """Of weights drawn at random, with one thread in PyTorch, as a run has it."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(3)
    yield Mini().eval().requires_grad_(requires_grad=False)
    torch.set_num_threads(threads)


def moving() -> Iterator[Floats]:
    rng = np.random.default_rng(5)
    scene = np.kron(rng.uniform(10, 90, (16, 24)), np.ones((8, 8))).astype(np.float32)
    for number in range(FRAMES):
        yield np.ascontiguousarray(np.roll(scene, 2 * number, 1)[:64, :96])


def colors_with(network: Mini, lookout: Lookout | None, *, is_ensemble: bool = False) -> Floats:
    steps = InWindows(4, 3, 2, is_ensemble).steps(Take(Shot(0, FRAMES)))
    coloring = coloring_of("windows", Engine(network, FLOAT, lookout=lookout))
    return np.stack(list(color_shot(coloring, steps, moving())))


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("looks", [True, False])
@pytest.mark.parametrize("is_ensemble", [False, True])
def test_colours_are_the_same_with_any_number_of_threads(
    network: Mini,
    threads: int,
    looks: bool,  # noqa: FBT001 - pytest gives it by name
    is_ensemble: bool,  # noqa: FBT001
) -> None:
    alone = colors_with(network, None, is_ensemble=is_ensemble)
    lookout = Lookout(network, FLOAT, Workers(threads, "test"), looks=looks)
    np.testing.assert_array_equal(colors_with(network, lookout, is_ensemble=is_ensemble), alone)


def test_a_pair_and_an_anchor_are_computed_once(network: Mini, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs, looks = list[int](), list[int]()
    pair, look = Lookout.pair, Lookout.look

    def counted_pair(self: Lookout, one: torch.Tensor, other: torch.Tensor, *, keeps_flows: bool) -> object:
        pairs.append(1)
        return pair(self, one, other, keeps_flows=keeps_flows)

    def counted_look(self: Lookout, lightness: torch.Tensor) -> object:
        looks.append(1)
        return look(self, lightness)

    monkeypatch.setattr(Lookout, "pair", counted_pair)
    monkeypatch.setattr(Lookout, "look", counted_look)
    colors_with(network, Lookout(network, FLOAT, Workers(2, "test"), looks=True))
    steps = InWindows(4, 3, 2).steps(Take(Shot(0, FRAMES)))
    anchors = {anchor for step in steps for anchor in step.window.anchors}
    assert (len(pairs), len(looks)) == (FRAMES - 1, len(anchors))


def test_a_network_with_a_flow_of_its_own_has_none(network: Mini) -> None:
    class OwnFlow:
        def between(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
            return torch.zeros(len(a), 2, *a.shape[-2:])

    class Own(Mini):
        def flow_estimator(self) -> FlowEstimator:
            return OwnFlow()

    assert lookout_of(network, FLOAT, 2, looks=True) is not None
    assert lookout_of(Own(), FLOAT, 2, looks=True) is None
