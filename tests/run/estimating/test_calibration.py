"""What is kept of how fast runs were: it comes back, and whatever is wrong with the file does no harm."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tcvc_cli.media.read.probe import probe
from tcvc_cli.run.computing import Computing, load
from tcvc_cli.run.estimating.calibration import ENVIRONMENT, calibration_path, keep, key_of, recall
from tcvc_cli.run.estimating.pace import Pace
from tcvc_cli.run.events import Event, Planned
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.film.estimate import with_proof
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.plan import FilmPlan, plan_film
from tests.material.media_sources import Source, make
from tests.material.run_events import finished

PACES = {"colorize": Pace(1.0, 0.5), "remux": Pace(0.0, 0.001)}
GOOD = json.dumps({"schema": 1, "runs": [{"key": "a", "paces": {"colorize": {"first_s": 1, "unit_s": 2}}}]})


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the calibration is kept; it is not there yet."""
    path = tmp_path / "cache" / "calibration.json"
    monkeypatch.setenv(ENVIRONMENT, str(path))
    return path


def test_what_is_kept_comes_back(file: Path) -> None:
    assert recall("a") == {}
    keep("a", PACES)
    keep("b", {"colorize": Pace(0.0, 9.0)})
    assert recall("a") == PACES
    assert recall("b") == {"colorize": Pace(0.0, 9.0)}
    assert [one.name for one in file.parent.iterdir()] == [file.name]


def test_the_newest_weighs_most_and_other_stages_stay() -> None:
    keep("a", PACES)
    keep("a", {"colorize": Pace(3.0, 1.5), "proof": Pace(0.0, 0.25)})
    assert recall("a") == {
        "colorize": Pace(2.0, 1.0),
        "remux": Pace(0.0, 0.001),
        "proof": Pace(0.0, 0.25),
    }


def test_the_oldest_are_forgotten(file: Path) -> None:
    for number in range(70):
        keep(f"key {number}", PACES)
    assert recall("key 0") == recall("key 5") == {}
    assert recall("key 6") == recall("key 69") == PACES
    keep("key 6", PACES)
    keep("one more", PACES)
    assert recall("key 6") == PACES
    assert recall("key 7") == {}
    assert len(json.loads(file.read_text())["runs"]) == 64


def _with(unit_s: str) -> str:
    return GOOD.replace('"unit_s": 2', f'"unit_s": {unit_s}')


def test_the_good_one_of_the_hostile_is_read(file: Path) -> None:
    file.parent.mkdir()
    file.write_text(GOOD)
    assert recall("a") == {"colorize": Pace(1.0, 2.0)}


@pytest.mark.parametrize(
    "content",
    ["", "no json", "[]", "null", "7", '{"schema": 1, "runs": 3}', GOOD[:-1], "[" * 100_000, "\0" * 64]
    + [GOOD.replace('"schema": 1', f'"schema": {one}') for one in ("2", '"1"', "true", "null")]
    + [_with(one) for one in ("NaN", "Infinity", "-1", "0", "1e9", "1e999", "9" * 400, '"2"', "true", "[]")]
    + [GOOD.replace('"first_s": 1, ', ""), GOOD.replace('"a"', "7"), GOOD + " " * 2**18],
    ids=lambda content: content[:12] + content[-24:],
)
def test_a_wrong_file_is_none_and_is_overwritten(file: Path, content: str) -> None:
    file.parent.mkdir()
    file.write_text(content)
    assert recall("a") == {}
    keep("a", PACES)
    assert recall("a") == PACES


def test_bytes_that_are_no_text_are_overwritten(file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"\xff\xfe\x80")
    assert recall("a") == {}
    keep("a", PACES)
    assert recall("a") == PACES


def test_nothing_is_read_or_written_through_a_link(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(GOOD)
    file.parent.mkdir()
    file.symlink_to(other)
    keep("b", PACES)
    assert recall("a") == recall("b") == {}
    assert other.read_text() == GOOD


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "file" / "calibration.json"))
    keep("a", PACES)
    assert recall("a") == {}
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path))
    keep("a", PACES)
    assert recall("a") == {}


def test_it_lies_with_the_weights_unless_it_is_told_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TCVC_WEIGHTS_DIR", str(tmp_path / "weights"))
    monkeypatch.delenv(ENVIRONMENT)
    assert calibration_path() == tmp_path / "weights" / "calibration.json"
    monkeypatch.setenv(ENVIRONMENT, "")
    assert calibration_path() is None
    keep("a", PACES)
    assert recall("a") == {}
    assert not (tmp_path / "weights").exists()


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> tuple[FilmPlan, Computing]:
    film = make(tmp_path_factory.mktemp("film") / "film.mkv", Source(frames=3))
    options = Options(input=film, model="tcvc-mini", model_size_px=64)
    computing = load(options)
    return plan_film(options, probe(film), film.with_suffix(".color.mkv"), computing), computing


def _changed(plan: FilmPlan) -> Iterator[FilmPlan]:
    film, options = plan.film, plan.options
    yield replace(plan, options=replace(options, model="tcvc-dino"))
    yield replace(plan, options=replace(options, preset="master"))
    yield replace(plan, options=replace(options, crf=30))
    yield replace(plan, options=replace(options, is_ensemble=True))
    yield replace(plan, options=replace(options, is_causal=True))
    yield replace(plan, options=replace(options, memory_shares=2))
    yield replace(plan, size_px=(128, 96))
    yield replace(plan, precision="float16")
    yield replace(plan, film=replace(film, width_px=2 * film.width_px))


def test_another_key_for_all_that_speed_depends_on(planned: tuple[FilmPlan, Computing]) -> None:
    plan, computing = planned
    keys = [key_of(one, computing) for one in (plan, *_changed(plan))]
    keys.append(key_of(plan, replace(computing, threads=computing.threads + 1)))
    assert len(set(keys)) == len(keys)


def test_the_same_key_for_another_film_of_its_kind(planned: tuple[FilmPlan, Computing]) -> None:
    plan, computing = planned
    film = replace(plan.film, path=Path("other.mkv"), frame_count=10_000)
    other = replace(plan, film=film, output=Path("x.mkv"), options=replace(plan.options, palette=1))
    assert key_of(other, computing) == key_of(plan, computing)


def _run(film: Path, *, is_dry: bool) -> list[Event]:
    options = Options(
        input=film,
        output=film.with_suffix(".color.mkv"),
        model="tcvc-mini",
        model_size_px=64,
        interval_frames=4,
        color_parts="recolour",
        on_existing="overwrite",
        is_dry_run=is_dry,
    )
    return list(colorize(options))


def test_what_a_proof_takes_is_in_the_estimate(planned: tuple[FilmPlan, Computing]) -> None:
    plan, _ = planned
    sampled = {"colorize": Pace(0.0, 1.0)}
    assert with_proof(plan, sampled) == sampled
    proved = with_proof(replace(plan, options=replace(plan.options, is_proved=True)), sampled)
    assert proved.keys() == {"colorize", "proof"}
    assert proved["colorize"] == sampled["colorize"]


@pytest.mark.parametrize(("frames", "basis"), [(104, "calibration"), (90, "sample")])
def test_a_run_of_some_length_tells_the_next(tmp_path: Path, file: Path, frames: int, basis: str) -> None:
    film = make(tmp_path / "film.mkv", Source(frames=frames))
    before = _run(film, is_dry=True)[-1]
    assert isinstance(before, Planned)
    assert before.estimated_from == "sample"
    assert not file.exists()  # a dry run writes nothing
    finished(_run(film, is_dry=False))
    assert file.exists() == (basis == "calibration")
    after = _run(film, is_dry=True)[-1]
    assert isinstance(after, Planned)
    assert after.estimated_from == basis
    assert after.estimated_mib == before.estimated_mib
