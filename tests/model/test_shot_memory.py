"""The engine with what is remembered: given colours are kept, others are pulled to them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import cast
from unittest.mock import Mock

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from tcvc_cli.model.engine import Engine, WindowColors
from tcvc_cli.model.memory.entries import Fine, Kind, Remembered
from tcvc_cli.model.memory.observer import Observer
from tcvc_cli.model.memory.shot_memory import NOTHING, ShotMemory
from tcvc_cli.model.networks.hints import offset_of, pulled_offset_of
from tcvc_cli.model.networks.mini import Mini
from tcvc_cli.model.precision import Precision
from tcvc_cli.model.runtime import load_network, load_observer
from tcvc_cli.records import Clip, Window
from tests.material.textures import film
from tests.material.tiny_network import TinyNetwork

FLOAT = Precision(torch.device("cpu"), torch.float32)
GREEN = (-45.0, 35.0)


@pytest.fixture(scope="module")
def mini() -> Mini:
    return cast(Mini, load_network("tcvc-mini", torch.device("cpu")))


@pytest.fixture(scope="module")
def observer(mini: Mini) -> Observer:
    return load_observer(mini, FLOAT)


@torch.inference_mode()
def remembered(observer: Observer, lightness: Tensor, kind: Kind, frame: int | None = None) -> Remembered:
    """All of it green."""
    seen = observer.observe(lightness, is_close=kind == "given")
    h, w = seen.places.shape[1:]
    ab = torch.tensor(GREEN).view(2, 1, 1)
    fine = None
    if seen.close_places is not None:
        size = lightness.shape[-2:]
        fine = Fine(lightness[0], ab.expand(2, *size), torch.ones(1, *size), seen.close_places.bfloat16())
    light = F.avg_pool2d(lightness[0], 8)
    return Remembered(
        kind, seen.places.bfloat16(), light, ab.expand(2, h, w), torch.ones(1, h, w), frame, fine
    )


def window(frames: int, middle: int | None = None) -> Window:
    last = frames - 1
    clips = (Clip(0, last),) if middle is None else (Clip(0, middle), Clip(middle, last))
    return Window(clips, (Fraction(1),) * frames)


def distance(colors: WindowColors, frame: int) -> float:
    """Mean |ab - green|."""
    return float((colors.ab[frame] - torch.tensor(GREEN).view(2, 1, 1)).abs().mean())


def test_a_given_frame_is_kept_and_carried_to_the_others(mini: Mini, observer: Observer) -> None:
    lightness = film(9)
    engine = Engine(mini, FLOAT, observer=observer)
    memory = ShotMemory((remembered(observer, lightness[4:5], "given", 4),))
    colors = engine.window(lightness, window(9, 4), None, memory)
    assert colors.ab.shape == (9, 2, *lightness.shape[-2:])
    assert colors.given is not None
    assert distance(colors, 4) < 0.05
    assert float(colors.given[4].min()) > 0.99
    assert all(distance(colors, frame) < 5 for frame in range(9))


def test_without_memory_nothing_changes(mini: Mini, observer: Observer) -> None:
    lightness = film(5)
    with_eyes = Engine(mini, FLOAT, observer=observer).window(lightness, window(5), None, NOTHING)
    without = Engine(mini, FLOAT).window(lightness, window(5))
    assert torch.equal(with_eyes.ab, without.ab)
    assert with_eyes.given is None


@pytest.mark.parametrize(("kind", "most"), [("scene", 12.0), ("settled", 12.0)])
def test_a_picture_that_looks_alike_pulls(mini: Mini, observer: Observer, kind: Kind, most: float) -> None:
    lightness = film(5)
    engine = Engine(mini, FLOAT, observer=observer)
    known = remembered(observer, lightness[:1], kind)
    pulled = engine.window(lightness, window(5), None, ShotMemory((known,)))
    assert pulled.given is None
    assert distance(pulled, 0) < most < distance(engine.window(lightness, window(5)), 0)
    weightless = engine.window(lightness, window(5), None, ShotMemory((replace(known, weight=0.0),)))
    assert distance(weightless, 0) > most


def test_the_next_window_goes_on_with_what_was_given(mini: Mini, observer: Observer) -> None:
    lightness = film(9)
    engine = Engine(mini, FLOAT, observer=observer)
    memory = ShotMemory((remembered(observer, lightness[:1], "given", 0),))
    first = engine.window(lightness[:5], window(5), None, memory)
    then = engine.window(lightness[4:], Window((Clip(4, 8),), (Fraction(1),) * 5), first.at(-1), memory)
    torch.testing.assert_close(then.ab[0], first.ab[-1], atol=0.5, rtol=0)


def test_halves_of_a_window_are_joined() -> None:
    some = WindowColors(torch.zeros(3, 2, 4, 4), torch.zeros(3, 1, 4, 4))
    more = WindowColors(torch.ones(2, 2, 4, 4), torch.ones(2, 1, 4, 4))
    both = some.followed_by(more)
    assert both.ab[:, 0, 0, 0].tolist() == [0, 0, 0, 1]
    assert both.given is not None
    assert len(both.given) == 4
    assert len(both.at(-1).ab) == 1


def test_a_network_without_eyes_borrows_them() -> None:
    network = TinyNetwork()
    borrowed = load_observer(network, FLOAT)
    lightness = film(5)
    memory = ShotMemory((remembered(borrowed, lightness[:1], "settled"),))
    colors = Engine(network, FLOAT, observer=borrowed).window(lightness, window(5), None, memory)
    assert distance(colors, 0) < 12


def test_hints_that_are_sure_speak_for_what_is_like_them() -> None:
    features = torch.zeros(1, 2, 48, 64)
    features[:, 0, :, :32], features[:, 1, :, 32:] = 1, 1
    ab = torch.zeros(1, 2, 48, 64)
    hints = torch.zeros(1, 3, 48, 64)
    hints[:, 0, :24, :32], hints[:, 2, :24, :32] = 30, 1.0
    plain, pulled = offset_of(features, ab, hints), pulled_offset_of(features, ab, hints)
    assert float(plain[0, 0, 24:].abs().max()) == 0
    torch.testing.assert_close(pulled[0, :, :24, :32], plain[0, :, :24, :32])
    alike, unlike = pulled[0, 0, 26:40, 4:28].mean(), pulled[0, 0, 26:40, 36:60].mean()
    assert float(alike) > 4
    assert float(unlike) < 0.5 * float(alike)
    assert float(pulled_offset_of(features, ab, torch.zeros(1, 3, 48, 64)).abs().max()) == 0


@pytest.mark.parametrize(
    ("kind", "frame", "least"),
    [("given", 9, 0.5), ("given", 2, 0.5), ("scene", None, 0.3), ("settled", 9, None)],
)
def test_a_frame_alone_has_the_colours_of_a_window_of_one_frame(
    mini: Mini, observer: Observer, kind: Kind, frame: int | None, least: float | None
) -> None:
    """And references explain some of it; what the model has settled itself is no explanation."""
    lightness = film(3)[2:]
    engine = Engine(mini, FLOAT, observer=observer)
    memory = ShotMemory((remembered(observer, lightness, kind, frame),))
    alone = engine.alone(lightness, 2, memory)
    assert alone is not None
    by_window = engine.window(lightness, Window((Clip(2, 2),), (Fraction(1),)), None, memory)
    assert torch.equal(alone.ab, by_window.ab)
    again = engine.alone(lightness, 2, memory)
    assert again is not None
    assert torch.equal(again.ab, alone.ab)
    assert again.coverage == alone.coverage
    assert alone.doubt is not None
    if least is None:
        assert alone.coverage is None
    else:
        assert alone.coverage is not None
        assert least < alone.coverage <= 1


@pytest.mark.parametrize("kind", ["scene", None])
def test_an_anchor_of_the_last_window_is_not_looked_at_again(
    mini: Mini, observer: Observer, monkeypatch: pytest.MonkeyPatch, kind: Kind | None
) -> None:
    """And says of itself alone what it says to an engine that has coloured no window."""
    lightness = film(9)
    known = remembered(observer, lightness[:1], kind) if kind else None
    memory = ShotMemory((known,) if known else ())
    asked, other = (Engine(mini, FLOAT, observer=observer) for _ in range(2))
    asked.window(lightness, window(9, 4), None, memory)
    expected = other.alone(lightness[4:5], 4, memory)
    between = other.alone(lightness[3:4], 3, memory)
    looks = Mock(wraps=mini.look)
    monkeypatch.setattr(mini, "look", looks)
    alone = asked.alone(lightness[4:5], 4, memory)
    assert alone is not None
    assert expected is not None
    assert torch.equal(alone.ab, expected.ab)
    assert alone.coverage == expected.coverage
    assert looks.call_count == 0
    found = asked.alone(lightness[3:4], 3, memory)  # no anchor
    assert found is not None
    assert between is not None
    assert torch.equal(found.ab, between.ab)
    other_picture = asked.alone(lightness[8:9], 4, memory)
    assert other_picture is not None
    assert not torch.equal(other_picture.ab, alone.ab)
    assert looks.call_count == 2
