"""The registry of anchor networks, and those that give colours alone."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from tcvc_cli.errors import BrokenColorizer, TcvcError, UnknownModel, WeightsMissing
from tcvc_cli.model.by_flow import ByFlow
from tcvc_cli.model.colorizer import BUILT_IN, Abilities, create, load_packaged, names, packaged
from tcvc_cli.model.engine import Engine
from tcvc_cli.model.film_network import Neighbourhood
from tcvc_cli.model.precision import Precision
from tcvc_cli.model.runtime import film_network_of, load_colorizer
from tcvc_cli.model.shot import color_shot, coloring_of
from tcvc_cli.plan.steps import InWindows
from tcvc_cli.plan.takes import Take
from tcvc_cli.records import Clip, Shot, Window
from tests.material.packages import install, install_documented
from tests.material.tiny_network import TinyNetwork

CPU = torch.device("cpu")
FLOAT = Precision(CPU, torch.float32)
STRIDE = 4


class Moody:
    """Colours alone: a tint by lightness, and a mood that changes from one call to the next."""

    def __init__(self, *, takes_hints: bool = False) -> None:
        self.abilities = Abilities("ab", 64, stride=STRIDE, size_multiple=16, takes_hints=takes_hints)
        self.seen: list[tuple[tuple[int, ...], Tensor | None]] = []

    def colorize(self, lightness: Tensor, hints: Tensor | None = None) -> Tensor:
        self.seen.append((tuple(lightness.shape), hints))
        small = F.avg_pool2d(lightness, STRIDE)
        moods = torch.arange(len(self.seen), len(self.seen) + len(lightness)).view(-1, 1, 1, 1)
        return torch.cat([small - 50, 20 - small / 2], 1) + 20 * torch.sin(2.0 * moods)


def says(why: str) -> TcvcError:
    return BrokenColorizer(why)


def moving_film(frames: int, height: int = 64, width: int = 96) -> Tensor:
    """(T, 1, H, W): a smooth pattern that moves one cell, 4 px, a frame to the right."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    film = [
        50 + 25 * np.sin((x - STRIDE * t) / 7) + 20 * np.cos(y / 9 + (x - STRIDE * t) / 15)
        for t in range(frames)
    ]
    return torch.from_numpy(np.stack(film).astype(np.float32))[:, None]


def flicker(ab: NDArray[np.float32]) -> float:
    """Mean change of a cell's colour along the motion, away from the border."""
    return float(np.abs(ab[1:, :, 2:-2, 6:-2] - ab[:-1, :, 2:-2, 5:-3]).mean())


def test_colours_alone_hold_still_in_a_moving_shot() -> None:
    film = moving_film(40)
    alone = np.concatenate(
        [by.colorize(frame[None]).numpy() for by in [ByFlow(Moody(), says)] for frame in film]
    )
    network = ByFlow(Moody(), says)
    steps = InWindows(interval_frames=8, clips_per_window=2, overlap_frames=4).steps(Take(Shot(0, 40)))
    coloring = coloring_of("windows", Engine(network, FLOAT))
    together = np.stack(list(color_shot(coloring, steps, iter(film[:, 0].numpy()))))
    assert together.shape == (40, 2, 16, 24)
    assert flicker(together) < 0.1 * flicker(alone)
    assert np.std(together, (0, 2, 3)).min() > 3  # still colours, not one grey


def test_a_state_is_colours_and_trust_and_crosses_over_evenly() -> None:
    """A still scene with anchors of two colours: the slow twin is a straight line from one to the other."""
    film = moving_film(1).repeat(9, 1, 1, 1)
    ab = (
        Engine(ByFlow(Moody(), says), FLOAT, agreement=0)
        .window(film, Window((Clip(0, 8),), (Fraction(1),) * 9))
        .ab
    )
    shares = torch.linspace(0, 1, 9).view(-1, 1, 1, 1)
    apart = float((ab[8] - ab[0]).abs().max())
    assert apart > 5
    torch.testing.assert_close(ab, (1 - shares) * ab[:1] + shares * ab[8:], atol=0.01 * apart, rtol=0)


def test_hints_go_to_a_colorizer_that_takes_them_and_are_mixed_in_for_one_that_does_not() -> None:
    lightness, hints = moving_film(1)[..., :56, :72], torch.zeros(1, 3, 14, 18)
    hints[:, :, 3, 5] = torch.tensor([40.0, -30.0, 1.0])
    taking, plain = Moody(takes_hints=True), Moody()
    ByFlow(taking, says).anchor_states(lightness, hints)
    ((shape, given),) = taking.seen
    assert shape == (1, 1, 64, 80)  # multiples of 16
    assert given is not None
    assert given.shape == (1, 3, 16, 20)
    torch.testing.assert_close(given[..., :14, :18], hints)
    states = ByFlow(plain, says).anchor_states(lightness, hints)
    assert plain.seen[0][1] is None
    assert states.shape == (1, 3, 14, 18)
    assert states[0, :, 3, 5].tolist() == [40, -30, 1]
    untouched = ByFlow(Moody(), says).anchor_states(lightness, None)
    assert (states != untouched).any(1).sum() == 1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda x: torch.zeros(len(x), 2, 3, 3), "its colours are"),
        (lambda x: F.avg_pool2d(x, STRIDE).repeat(1, 2, 1, 1) * float("nan"), "no numbers"),
        (lambda x: dict[str, Tensor]()["weights"], "KeyError"),
        (lambda x: None, "AttributeError"),
    ],
)
def test_a_colorizer_that_goes_wrong_is_named(
    wrong: Callable[[Tensor], Any], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    colorizer = Moody()
    monkeypatch.setattr(colorizer, "colorize", lambda lightness, hints=None: wrong(lightness))
    with pytest.raises(BrokenColorizer, match=words):
        ByFlow(colorizer, says).anchor_states(moving_film(1), None)


def test_memory_that_runs_out_is_the_engines_to_deal_with() -> None:
    """It halves the window, and the colours come all the same."""

    class Greedy(Moody):
        calls = 0

        def colorize(self, lightness: Tensor, hints: Tensor | None = None) -> Tensor:
            self.calls += 1
            if self.calls == 1:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return super().colorize(lightness, hints)

    engine = Engine(ByFlow(Greedy(), says), FLOAT)
    assert len(engine.window(moving_film(5), Window((Clip(0, 4),), (Fraction(1),) * 5)).ab) == 5
    assert len(engine.take_notices()) == 1


@pytest.mark.parametrize(
    "sizes",
    [
        {"native_size_px": 0},
        {"stride": 3, "size_multiple": 8},
        {"stride": -1},
        {"has_published_path": True},
        {"tells_doubt": True},
    ],
)
def test_abilities_that_make_no_sense_are_refused(sizes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"sense|multiple|published|doubt"):
        Abilities(**{"gives": "ab", "native_size_px": 64, **sizes})


@pytest.mark.parametrize("name", BUILT_IN)
def test_networks_can_do_what_the_registry_says(name: str) -> None:
    with torch.device("meta"):
        network = create(name)
    assert network.abilities == BUILT_IN[name].abilities
    abilities = BUILT_IN[name].abilities
    assert hasattr(network, "choose_palette") == bool(abilities.palettes)
    assert hasattr(network, "choose_vividness") == abilities.is_vivid_at_will
    assert hasattr(network, "colorize_clip") == abilities.has_published_path
    assert hasattr(network, "doubt") == abilities.tells_doubt


def test_the_tests_own_network_is_one_more_colorizer() -> None:
    network, lightness = TinyNetwork(), moving_film(1)
    torch.testing.assert_close(
        network.colorize(lightness), network.ab(network.anchor_states(lightness, None))
    )


def test_a_network_of_features_is_run_as_it_is_and_named_when_it_fails() -> None:
    class Failing(TinyNetwork):
        fails = False

        def fuse(self, hood: Neighbourhood) -> Tensor:
            if self.fails:
                raise RuntimeError("shape mismatch")
            return super().fuse(hood)

    network, film = Failing(), moving_film(5)
    window = Window((Clip(0, 4),), (Fraction(1),) * 5)
    engine = Engine(film_network_of(network, says), FLOAT)
    torch.testing.assert_close(
        engine.window(film, window).ab, Engine(TinyNetwork(), FLOAT).window(film, window).ab
    )
    network.fails = True
    with pytest.raises(BrokenColorizer, match="RuntimeError: shape mismatch"):
        engine.window(film, window)


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that Python imports from; what was imported from it is forgotten afterwards."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for module in set(sys.modules) - before:
        if str(getattr(sys.modules[module], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[module]


def test_the_documented_colorizer_loads_and_states_its_weights(shelf: Path) -> None:
    install_documented(shelf)
    assert names() == (*BUILT_IN, "sepia")
    assert "sepia_colors" not in sys.modules
    loaded = load_colorizer("sepia", CPU)
    assert loaded.weights.startswith("sepia-colors 1.0: ")
    assert len(loaded.weights) == len("sepia-colors 1.0: ") + 64
    assert loaded.network.ab(loaded.network.anchor_states(moving_film(1), None)).shape == (1, 2, 16, 24)


GOOD = """
from tcvc_cli.model.colorizer import Abilities
class One:
    abilities = Abilities("ab", 64)
    weights = "1"
    def colorize(self, lightness, hints=None): ...
def load(device): return One()
"""


def test_names_of_tcvcs_own_of_two_packages_and_hostile_ones_are_refused_with_a_line(shelf: Path) -> None:
    install(
        shelf,
        "evil",
        {"evil.py": GOOD},
        {"tcvc-mini": "evil:load", "../up": "evil:load", "A\x1b[31m": "evil:load"},
    )
    install(shelf, "one", {"one.py": GOOD}, {"twice": "one:load", "fine": "one:load"})
    install(shelf, "two", {"two.py": GOOD}, {"twice": "two:load"})
    assert names() == (*BUILT_IN, "fine")
    wrong = {(one.package, one.name): one.wrong for one in packaged()}
    assert wrong["one 1.0", "fine"] is None
    assert "tcvc's own" in str(wrong["evil 1.0", "tcvc-mini"])
    assert "another package" in str(wrong["one 1.0", "twice"])
    assert "another package" in str(wrong["two 1.0", "twice"])
    assert "small letters" in str(wrong["evil 1.0", "../up"])
    for name, words in (
        ("twice", "one 1.0 offers a model twice"),
        ("../up", "evil 1.0 offers a model ../up"),
    ):
        with pytest.raises(UnknownModel, match=words) as caught:
            load_packaged(name, CPU)
        assert "fine" in str(caught.value.advice)
    assert type(load_colorizer("tcvc-mini", CPU).colorizer).__name__ == "Mini"
    assert not {"evil", "one", "two"} & set(sys.modules)


BROKEN = {
    "no module": ({}, "ModuleNotFoundError"),
    "an import that fails": ({"odd.py": "import no_such_library"}, "no_such_library"),
    "an import that ends Python": ({"odd.py": "raise SystemExit(3)"}, "SystemExit"),
    "a message of many lines": ({"odd.py": "raise ValueError('a\\nb\\x1b[31m')"}, "a b"),
    "no such function": ({"odd.py": ""}, "AttributeError"),
    "a factory that takes nothing": ({"odd.py": "def load(): ..."}, "TypeError"),
    "no colorizer": ({"odd.py": "def load(device): ..."}, "states no abilities"),
    "abilities that make no sense": ({"odd.py": GOOD.replace('"ab", 64', '"ab", 0')}, "ValueError"),
    "features that nothing carries": ({"odd.py": GOOD.replace('"ab"', '"features"')}, "no flow_estimator"),
    "no word of its weights": ({"odd.py": GOOD.replace('weights = "1"', "")}, "state its weights"),
    "weights in two lines": ({"odd.py": GOOD.replace('"1"', '"1\\n2"')}, "state its weights"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_package_gives_one_line_that_names_it(shelf: Path, case: str) -> None:
    files, words = BROKEN[case]
    install(shelf, "odd-colors", files, {"odd": "odd:load"}, version="0.3")
    assert "odd" in names()
    with pytest.raises(BrokenColorizer, match=r"odd of the package odd-colors 0\.3") as caught:
        load_colorizer("odd", CPU)
    assert words in str(caught.value)
    assert str(caught.value).isprintable()
    assert caught.value.exit_code == 5


def test_an_error_that_a_package_raises_on_purpose_comes_through(shelf: Path) -> None:
    text = (
        "from tcvc_cli.errors import WeightsMissing\ndef load(device): raise WeightsMissing('get them first')"
    )
    install(shelf, "lazy", {"lazy.py": text}, {"lazy": "lazy:load"})
    with pytest.raises(WeightsMissing, match="get them first"):
        load_colorizer("lazy", CPU)


def test_metadata_that_cannot_be_read_hides_no_other_package(shelf: Path) -> None:
    install(shelf, "fine", {"fine.py": GOOD}, {"fine": "fine:load"})
    for name, content in (
        ("bytes", b"\xff\xfe"),
        ("half", b"[tcvc.colorizers\nx"),
        ("bare", b"[tcvc.colorizers]\nbare = b:c\n"),
    ):
        folder = shelf / f"{name}-1.0.dist-info"
        folder.mkdir()
        (folder / "entry_points.txt").write_bytes(content)
    assert "fine" in names()
