"""The loop of a shot: steps in, colours out, and going on in its middle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from tcvc_cli.model.engine import Engine
from tcvc_cli.model.precision import Precision
from tcvc_cli.model.shot import ShotState, color_shot, coloring_of
from tcvc_cli.plan.steps import AsPublished, InWindows, Step, anchors_of
from tcvc_cli.plan.takes import Take
from tcvc_cli.records import Shot
from tests.material.tiny_network import TinyNetwork

Floats = NDArray[np.float32]
CPU = Precision(torch.device("cpu"), torch.float32)
METHOD = InWindows(interval_frames=3, overlap_frames=2, clips_per_window=2)


def lightness(frames: int, first: int = 0) -> Iterator[Floats]:
    for number in range(first, frames):
        yield np.full((16, 24), 20 + 2 * number, np.float32)


def engine() -> Engine:
    return Engine(TinyNetwork(), CPU)


def all_at_once(steps: tuple[Step, ...], frames: int) -> Floats:
    return np.stack(list(color_shot(coloring_of("windows", engine()), steps, lightness(frames))))


@pytest.mark.parametrize("is_ensemble", [False, True])
def test_a_shot_goes_on_from_plain_arrays_at_every_step(*, is_ensemble: bool) -> None:
    steps = replace(METHOD, is_ensemble=is_ensemble).steps(Take(Shot(0, 20)))
    assert len(steps) == 4
    expected = all_at_once(steps, 20)
    for count in range(1, len(steps)):
        before = coloring_of("windows", engine())
        first = list(color_shot(before, steps[:count], lightness(20)))
        state, start = before.state, steps[count].window.start
        assert state is not None
        assert (state.start, len(first)) == (start, start)
        copy = ShotState(start, state.shares.copy(), state.before.copy(), state.given.copy())
        after = coloring_of("windows", engine(), copy)
        rest = list(color_shot(after, steps[count:], lightness(20, start)))
        np.testing.assert_array_equal(np.stack(first + rest), expected)
        assert after.state is None


def test_an_ensemble_is_the_mean_of_its_samplings() -> None:
    """The slow twin: one window, so that nothing is handed on, and each sampling alone."""
    (step,) = InWindows(3, is_ensemble=True).steps(Take(Shot(0, 11)))
    assert [one.anchors for one in step.samplings] == [(0, 3, 6, 8, 10), (0, 5, 10)]
    alone = [all_at_once((Step((one,), 11),), 11) for one in step.samplings]
    np.testing.assert_array_equal(all_at_once((step,), 11), (alone[0] + alone[1]) / 2)


def test_no_more_than_a_window_is_taken_ahead() -> None:
    taken = 0

    def counted() -> Iterator[Floats]:
        nonlocal taken
        for one in lightness(40):
            taken += 1
            yield one

    steps = METHOD.steps(Take(Shot(0, 40)))
    colors = color_shot(coloring_of("windows", engine()), steps, counted())
    for number in range(40):
        next(colors)
        assert number < taken <= number + 7


@pytest.mark.parametrize("way", ["windows", "published"])
def test_too_few_frames_are_an_error(way: Literal["windows", "published"]) -> None:
    method = METHOD if way == "windows" else AsPublished()
    steps = method.steps(Take(Shot(0, 12)))
    with pytest.raises(ValueError, match="frames for a"):
        list(color_shot(coloring_of(way, Engine(ClipColors(), CPU)), steps, lightness(10)))


class ClipColors(TinyNetwork):
    """Colours a clip at once, as the published one does: `a` is its number, `b` the place in it."""

    def __init__(self) -> None:
        super().__init__()
        self.clips: list[int] = []

    def colorize_clip(self, lightness: Tensor, first: Tensor | None = None) -> tuple[Tensor, Tensor]:
        assert (first is None) == (not self.clips)
        self.clips.append(lightness.shape[1])
        places = torch.arange(lightness.shape[1], dtype=torch.float32).view(1, -1, 1, 1, 1)
        b = places.expand(1, -1, 1, *lightness.shape[-2:])
        return torch.cat([torch.full_like(b, len(self.clips)), b], 2), lightness[:, -1]


def test_the_published_way_is_one_step_of_clips_that_share_anchors() -> None:
    network, steps = ClipColors(), AsPublished().steps(Take(Shot(5, 45)))
    assert anchors_of(steps) == (5, 23, 41, 44)
    coloring = coloring_of("published", Engine(network, CPU))
    colors = list(color_shot(coloring, steps, lightness(40)))
    assert network.clips == [19, 19, 4]
    assert [one.shape for one in colors] == [(2, 16, 24)] * 40
    assert [int(one[1].mean()) for one in colors] == [*range(19), *range(1, 19), 1, 2, 3]
    assert coloring.state is None


def test_methods_are_plain_data() -> None:
    assert (METHOD.way, METHOD.ignores_cuts, METHOD.is_at_film_size) == ("windows", False, False)
    assert (AsPublished().way, AsPublished().ignores_cuts, AsPublished().is_at_film_size) == (
        "published",
        True,
        True,
    )
    assert AsPublished(is_ensemble=True).steps(Take(Shot(0, 30)))[0].samplings[1].anchors == (0, 20, 29)
