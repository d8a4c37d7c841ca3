"""The film is read while PyTorch and the weights are loaded: what is found, what is told and in which order
is as if that had been done one after the other."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction
from itertools import islice
from pathlib import Path

import pytest

from tcvc_cli.errors import ChangingFilm, UnknownModel
from tcvc_cli.media.read.changes import FactsWatch
from tcvc_cli.media.read.decode import SmallFrame, read_small_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.records import FilmInfo, Findings
from tcvc_cli.run.events import FilmProbed, Finished, FramesDone, Prepared, SegmentDone, Skipped, StageStarted
from tcvc_cli.run.film import scan
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.film.scan import Scan, Walk, walk_through, walking_ahead
from tcvc_cli.run.options.film import Options
from tests.material.media_sources import Source, make

SMALL = Source(
    codec="mpeg4", pixel_format="yuv420p", width=64, height=48, frames=40, time_base=Fraction(1, 24)
)


@pytest.fixture
def options(tmp_path: Path) -> Options:
    film = make(tmp_path / "film.mkv", SMALL)
    return Options(input=film, output=tmp_path / "r.mkv", model_size_px=64, color_parts="recolour")


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """No thread outlives its run."""
    yield
    assert not [thread for thread in threading.enumerate() if thread.name in ("ahead", "shots")]


def taken(walk: Walk) -> tuple[list[int], Scan]:
    seen = []
    while True:
        try:
            seen.append(next(walk))
        except StopIteration as end:
            return seen, end.value


def walks_of(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The films whose scans begin from here on."""
    begun: list[Path] = []

    def read(film: FilmInfo, cells: tuple[int, int] | None, *, is_held: bool) -> Iterator[SmallFrame]:
        begun.append(film.path)
        return read_small_frames(film, cells, is_held=is_held)

    monkeypatch.setattr(scan, "read_small_frames", read)
    return begun


def test_the_walk_is_the_same(options: Options) -> None:
    film = probe(options.input)
    with walking_ahead(walk_through(film, options)) as walk:
        assert taken(walk) == taken(walk_through(film, options))


def test_it_needs_no_torch() -> None:
    asked = "import sys, tcvc_cli.run.film.colorize; print('torch' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"


def test_it_begins_before_the_network_is_loaded(options: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = walks_of(monkeypatch)
    is_read = threading.Event()
    original = FactsWatch.findings

    def findings(watch: FactsWatch) -> Findings:
        is_read.set()
        return original(watch)

    monkeypatch.setattr(FactsWatch, "findings", findings)

    def load(_: Options) -> None:
        assert is_read.wait(timeout=60)  # to its end, beside this thread
        raise UnknownModel("none")

    monkeypatch.setattr("tcvc_cli.run.computed.color.load", load)
    with pytest.raises(UnknownModel):
        list(colorize(options))
    assert begun == [options.input]


def test_a_walk_that_nobody_wants_any_more_is_stopped() -> None:
    steps: list[int] = []

    def endless() -> Walk:
        while True:
            steps.append(0)
            yield 0

    with pytest.raises(KeyboardInterrupt), walking_ahead(endless()):
        raise KeyboardInterrupt
    assert steps


def test_ctrl_c_while_the_network_is_loaded(options: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(_: Options) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tcvc_cli.run.computed.color.load", stopped)
    with pytest.raises(KeyboardInterrupt):
        list(colorize(options))
    assert [path.name for path in options.input.parent.iterdir()] == ["film.mkv"]


def test_what_is_wrong_with_the_model_is_said_before_what_is_wrong_with_the_frames(
    options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    def torn(*_: object, **__: object) -> Iterator[SmallFrame]:
        raise ChangingFilm("torn")

    monkeypatch.setattr(scan, "read_small_frames", torn)
    with pytest.raises(UnknownModel):
        list(colorize(Options(options.input, options.output, model="none-such")))
    events = colorize(options)
    assert [type(event) for event in islice(events, 3)] == [FilmProbed, Prepared, StageStarted]
    with pytest.raises(ChangingFilm, match="torn"):
        next(events)


def test_stages_are_told_in_their_order(options: Options) -> None:
    events = list(colorize(options))
    places = [place for place, one in enumerate(events) if isinstance(one, StageStarted | FramesDone)]
    first = events[places[0]]
    assert isinstance(first, StageStarted)
    assert first.stage == "shots"
    shots = [one.frames for one in events if isinstance(one, FramesDone) and one.stage == "shots"]
    assert shots == [16, 32, 40]
    assert isinstance(events[-1], Finished)


def test_where_nothing_is_to_be_found_nothing_is_read(
    options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(colorize(options)) as events:
        assert any(isinstance(event, SegmentDone) for event in events)
    begun = walks_of(monkeypatch)
    assert isinstance(list(colorize(options))[-1], Finished)  # with the shots of the run before
    assert begun == []
    (event,) = colorize(Options(options.input, options.output, on_existing="skip"))
    assert isinstance(event, Skipped)
    assert begun == []
