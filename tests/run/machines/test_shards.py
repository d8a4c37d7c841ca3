"""Shards as processes: together they colour every film once, and one that is killed takes nothing with it."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import pytest

from examples.six_shots import read_result
from tcvc_cli.run.machines.folder.dealt import Dealt
from tests.material.media_sources import Source, make
from tests.material.shared_films import SharedFilms

pytestmark = [pytest.mark.slow, pytest.mark.alone]
NAMES = ("a.mkv", "deep/b.mkv", "deep/c.mkv", "d.mkv")


@pytest.fixture
def shared(tmp_path: Path, six_shots: Path) -> SharedFilms:
    films = SharedFilms(tmp_path / "films", tmp_path / "out")
    films.add(six_shots, *NAMES)
    return films


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of three frames."""
    return make(tmp_path_factory.mktemp("tiny") / "tiny.mkv", Source(frames=3))


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, six_shots: Path) -> Path:
    """The result of a batch that nobody shares or kills."""
    folder = tmp_path_factory.mktemp("alone")
    films = SharedFilms(folder / "films", folder / "out")
    films.add(six_shots, "film.mkv")
    assert films.run() == 0
    return films.results()["film"]


def test_two_side_by_side_colour_all_films_and_none_twice(shared: SharedFilms, alone: Path) -> None:
    assert shared.side_by_side("1/2", "2/2") == [0, 0]
    reports = [shared.shard_report(one) for one in ("1/2", "2/2")]
    rows = [row for report in reports for row in report["files"] if row["state"] == "done"]
    assert sorted(row["film"] for row in rows) == sorted(NAMES)
    assert [row["frames"] for row in rows] == [88] * 4
    for report in reports:
        assert report["host"] == socket.gethostname()
        assert report["started"] <= report["ended"]
    assert shared.results().keys() == {"a", "b", "c", "d"}
    assert all(read_result(path) == read_result(alone) for path in shared.results().values())
    before = shared.stamps()
    assert shared.run("--shard", "1/2") == 0
    assert shared.shard_report("1/2")["counts"] == {"done before": 2}  # its own
    assert shared.status()[""]["films"]["done"] == 4
    changed = {path for path, stamp in shared.stamps().items() if before.get(path) != stamp}
    assert {Path(path).name for path in changed} - {"out", "deep"} == {".tcvc-shards", "shard-1-of-2.json"}


def test_one_is_killed_in_the_middle_of_a_film_and_goes_on(shared: SharedFilms, alone: Path) -> None:
    """Meanwhile the other takes what that one has not begun."""
    with shared.stopped_in_a_film("--shard", "2/2") as process:
        assert shared.run("--shard", "1/2") == 0
        others = {name: read_result(path) for name, path in shared.results().items()}
        assert len(others) == 3
        assert sorted(shared.states().values()) == ["done", "done", "done", "running"]
        (at,) = (one for one in shared.status().values() if one.get("state") == "running")
        assert (at["host"], at["pid"], at["shard"]) == (socket.gethostname(), process.pid, "2/2")
    assert sorted(shared.states().values()) == ["done", "done", "done", "stale"]
    assert shared.shard_report("2/2")["ended"] is None
    assert {name: read_result(path) for name, path in shared.results().items()} == others
    lines = shared.lines("--shard", "2/2")
    assert sum(one["event"] == "Resumed" for one in lines) == 1
    assert set(shared.states().values()) == {"done"}
    assert shared.results().keys() == {"a", "b", "c", "d"}
    assert all(read_result(path) == read_result(alone) for path in shared.results().values())
    assert not list(shared.out.rglob("*.work"))


def test_a_dead_shard_is_helped_out_and_one_that_has_not_begun_is_not(
    shared: SharedFilms, alone: Path
) -> None:
    assert shared.run("--shard", "1/3") == 0
    own = set(shared.results())
    assert 0 < len(own) < 4
    with shared.stopped_in_a_film("--shard", "2/3"):
        pass
    lines = shared.lines("--shard", "1/3")
    assert sum(one["event"] == "Resumed" for one in lines) == 1
    third = {Path(film).stem for film, one in Dealt(shared.out, 3).look().items() if one.shard == 3}
    assert third
    assert set(shared.results()) == {"a", "b", "c", "d"} - third
    assert all(read_result(path) == read_result(alone) for path in shared.results().values())


def test_side_by_side_inside_of_a_shard(tmp_path: Path, tiny: Path) -> None:
    shared = SharedFilms(tmp_path / "films", tmp_path / "out")
    shared.add(tiny, *NAMES)
    assert shared.run("--shard", "1/2", "-j", "2") == 0
    dealt = Dealt(shared.out, 2).look()
    own = {Path(film).stem for film, one in dealt.items() if one.shard == 1}
    assert shared.results().keys() == own
    assert len(own) == 2


def test_a_film_that_comes_while_a_shard_works_is_dealt_too(shared: SharedFilms, tiny: Path) -> None:
    """By itself, once its first films are done; what falls to the others waits for them."""
    with shared.stopped_in_a_film("--shard", "1/2") as process:
        shared.add(tiny, "e.mkv", "f.mkv")
        process.send_signal(signal.SIGCONT)
        assert process.stdout is not None
        process.stdout.read()
        assert process.wait(120) == 0
    dealt = Dealt(shared.out, 2).look()
    assert dealt.keys() == {*NAMES, "e.mkv", "f.mkv"}
    own = {Path(film).stem for film, one in dealt.items() if one.shard == 1}
    assert len(own) == 3
    assert shared.results().keys() == own
    assert len(list((shared.out / ".tcvc-shards").glob("deal-of-2.*.json"))) == 2


def test_films_that_would_get_one_name_are_one_shards(tmp_path: Path, tiny: Path) -> None:
    shared = SharedFilms(tmp_path / "films", tmp_path / "out")
    shared.add(tiny, "a.mkv", "a.mka.mkv", "x/a.mkv", "b.mkv")
    (shared.films / "a.avi").symlink_to(shared.films / "x" / "a.mkv")
    codes = shared.side_by_side("1/2", "2/2")
    assert sorted(codes) == [0, 8]
    rows = [row for one in ("1/2", "2/2") for row in shared.shard_report(one)["files"]]
    (failed,) = (row for row in rows if row["state"] == "failed")
    assert "would be the result of" in failed["message"]
    assert failed["exit_code"] == 4
