"""A meter is told what colours there are, and says what is known of them; it changes nothing."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from skimage import data
from torch import Tensor

from tcvc_cli.errors import BrokenColorizer
from tcvc_cli.measure.appraisal import Appraisal
from tcvc_cli.model.engine import Engine
from tcvc_cli.model.precision import Precision
from tcvc_cli.records import Clip, Window
from tcvc_cli.run.appraise.meter import SegmentMeter, frames_to_ask
from tests.material.present import present
from tests.material.tiny_network import DoubtingTiny, TinyNetwork

Floats = NDArray[np.float32]
FLOAT = Precision(torch.device("cpu"), torch.float32)
HEIGHT, WIDTH = 192, 256


class FullDevice(TinyNetwork):
    def anchor_states(self, lightness: Tensor, hints: Tensor | None) -> Tensor:
        raise torch.OutOfMemoryError("no room")


class Refusing(TinyNetwork):
    def anchor_states(self, lightness: Tensor, hints: Tensor | None) -> Tensor:
        raise BrokenColorizer("it does not like this one")


@pytest.fixture(scope="module")
def still() -> Floats:
    """(H, W) L*, in [0, 100]."""
    grey = cv2.resize(data.camera(), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return np.asarray(grey / np.float32(2.55), np.float32)


def constant(a: float, b: float) -> Floats:
    return np.tile(np.array([a, b], np.float32)[:, None, None], (1, HEIGHT // 4, WIDTH // 4))


def measured(
    lightness: Floats, colors: list[Floats], network: TinyNetwork | None = None, start: int = 0
) -> Appraisal:
    engine = Engine(network or TinyNetwork(), FLOAT)
    meter = SegmentMeter(engine, range(start, start + len(colors)))
    for number, ab in enumerate(colors, start):
        meter.add(number, lightness, ab)
    assert engine.take_notices() == []
    return present(meter.result())


def test_still_colours_of_a_still_film_have_neither_flicker_nor_drift(still: Floats) -> None:
    found = measured(still, [constant(30, 40)] * 20)
    assert (found.frames, found.chroma, found.flicker, found.drift) == (20, 50.0, 0.0, 0.0)


def test_flicker_is_the_jump_over_the_chroma(still: Floats) -> None:
    found = measured(still, [constant(10 + 4 * (t % 2), 0) for t in range(20)])
    assert found.flicker == pytest.approx(4 / 12, abs=1e-4)
    assert found.drift == pytest.approx(0, abs=1e-4)  # sixteen frames later it is back


def test_colours_that_fade_drift_and_hardly_flicker(still: Floats) -> None:
    found = measured(still, [constant(20 + t / 4, 0) for t in range(17)])
    assert found.drift == pytest.approx(4, abs=1e-4)
    assert found.flicker == pytest.approx(0.25 / 22, abs=1e-4)


def test_large_colours_are_measured_small(still: Floats) -> None:
    """As where somebody gave colours: as large as the model's input."""
    large = [np.full((2, HEIGHT, WIDTH), 3 + (t % 2), np.float32) for t in range(4)]
    small = [one[:, ::4, ::4] for one in large]
    assert measured(still, large).flicker == pytest.approx(measured(still, small).flicker)


def test_disagreement_is_how_far_the_colours_are_from_those_of_a_frame_alone(still: Floats) -> None:
    network = TinyNetwork()
    alone = network.colorize(torch.from_numpy(still)[None, None])[0].numpy()
    shifted = alone + np.array([3, 4], np.float32)[:, None, None]
    assert measured(still, [alone] * 3).disagreement == pytest.approx(0, abs=1e-4)
    assert measured(still, [shifted] * 3).disagreement == pytest.approx(5, abs=1e-4)


def test_of_one_frame_there_is_nothing_to_compare(still: Floats) -> None:
    found = measured(still, [constant(3, 4)], DoubtingTiny())
    assert (found.frames, found.chroma, found.flicker, found.disagreement) == (1, 5.0, None, None)
    assert found.doubt is not None


def test_doubt_is_asked_of_those_who_can_tell(still: Floats) -> None:
    """It is known of the network: 100 - L*."""
    found = measured(still, [constant(1, 1)] * 3, DoubtingTiny())
    assert found.doubt == pytest.approx(100 - float(still.mean()), abs=1e-3)
    assert measured(still, [constant(1, 1)] * 3).doubt is None
    assert found.coverage is None


class Nonsense(DoubtingTiny):
    def doubt(self, states: Tensor) -> Tensor:
        return torch.full_like(states[:, :1], -1e9)


def test_what_a_network_says_that_cannot_be_is_passed_over(still: Floats) -> None:
    assert measured(still, [constant(3, 4)] * 3, Nonsense()).doubt is None


@pytest.mark.parametrize("network", [FullDevice(), Refusing()])
def test_a_network_that_cannot_be_asked_ends_nothing(still: Floats, network: TinyNetwork) -> None:
    found = measured(still, [constant(3, 4)] * 3, network)
    assert (found.frames, found.chroma, found.doubt, found.disagreement) == (3, 5.0, None, None)


def test_frames_of_a_dissolve_and_colours_that_are_no_numbers_do_not_count(still: Floats) -> None:
    meter = SegmentMeter(Engine(TinyNetwork(), FLOAT), range(5, 8))
    for number in range(10):
        meter.add(number, still, constant(0, 90 if number in (4, 8) else 6))
    assert replace(present(meter.result()), disagreement=None) == Appraisal(3, 6.0, 0.0)
    broken = SegmentMeter(Engine(TinyNetwork(), FLOAT), range(2))
    broken.add(0, still, constant(float("nan"), 1))
    assert broken.result() is None
    assert SegmentMeter(Engine(TinyNetwork(), FLOAT), range(0)).result() is None


def test_the_engine_answers_as_if_it_had_not_been_asked(still: Floats) -> None:
    film = torch.from_numpy(np.stack([np.roll(still, 2 * t, 1) for t in range(5)]))[:, None]
    window = Window((Clip(0, 4),), (Fraction(1),) * 5)
    asked, other = Engine(TinyNetwork(), FLOAT), Engine(TinyNetwork(), FLOAT)
    asked.alone(film[2:3], 2)
    assert torch.equal(asked.window(film, window).ab, other.window(film, window).ab)


def test_anchors_are_asked_for_or_few_frames_evenly_spread() -> None:
    assert frames_to_ask(range(10, 10)) == ()
    assert frames_to_ask(range(10, 11)) == (10,)
    assert frames_to_ask(range(100, 140)) == (120,)
    assert frames_to_ask(range(127)) == (63,)
    assert frames_to_ask(range(128)) == (32, 96)
    assert frames_to_ask(range(24), (0, 16, 23, 40)) == (0, 16, 23)
    assert frames_to_ask(range(10), (9, 0, 9)) == (0, 9)
    assert frames_to_ask(range(10), (12,)) == (5,)
    assert frames_to_ask(range(200), (0, 100)) == (0, 100)
    assert frames_to_ask(range(1000, 1600)) == (1100, 1300, 1500)
