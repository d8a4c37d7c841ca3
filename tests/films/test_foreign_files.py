"""What is not ours stays as it is: files that have the names of ours, links, folders, inputs."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tcvc_cli.cli.main import main
from tcvc_cli.errors import OutputBusy, OutputError, OutputExists, OutputIsInput
from tcvc_cli.files import is_there
from tcvc_cli.names import sidecar_path, work_folder_of
from tcvc_cli.run.batch.films import run_batch
from tcvc_cli.run.batch.options import Batch, Search
from tcvc_cli.run.events import BatchFinished, Event, FileEnded, Finished, Resumed, SegmentDone
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.provenance.sidecar import is_result
from tcvc_cli.run.resume import work_folder as work
from tests.material.media_sources import Source, make
from tests.material.present import present

QUICK = ("--model-size", "64", "--device", "cpu", "--colour-parts", "recolour")
MEDIA_INFO = '{"creatingLibrary": {"name": "MediaInfoLib"}, "media": {"track": []}}'
BESIDE = (".json", ".proof.json", ".premis.xml")


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return make(tmp_path / "film.mkv", Source(frames=3))


@pytest.fixture
def options(film: Path) -> Options:
    output = film.with_name("x.mkv")
    return Options(film, output, model_size_px=64, color_parts="recolour", device="cpu")


def contents(folder: Path) -> dict[str, bytes | str]:
    """Of every file below, and where every link points."""
    return {
        str(path.relative_to(folder)): os.readlink(path) if path.is_symlink() else path.read_bytes()
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }


def photograph(path: Path) -> Path:
    cv2.imwrite(str(path), np.arange(64 * 48, dtype=np.uint8).reshape(48, 64) % 200)
    return path


@pytest.mark.parametrize("end", ["", *BESIDE])
@pytest.mark.parametrize("kind", ["file", "dangling link"])
def test_what_has_a_name_of_ours_is_refused_before_the_work(
    film: Path, end: str, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    foreign = film.with_name(f"x.mkv{end}")
    foreign.write_text(MEDIA_INFO) if kind == "file" else foreign.symlink_to("elsewhere")
    before = contents(film.parent)
    output = str(film.with_name("x.mkv"))
    assert main(["colorize", str(film), "-o", output, "--proof", "--premis", *QUICK]) == 4
    said = capsys.readouterr().err
    assert foreign.name in said
    assert said.count("\n") == 1
    assert contents(film.parent) == before
    if kind != "file":
        assert main(["colorize", str(film), "-o", output, "--proof", "--premis", "-y", *QUICK]) == 4
        assert contents(film.parent) == before


def test_overwriting_takes_what_is_written_and_no_more(options: Options) -> None:
    """A proof of another program is not written without --proof, so it is not removed either."""
    present(options.output).write_text("old")
    sidecar_path(present(options.output)).write_text(MEDIA_INFO)
    foreign = present(options.output).with_name("x.mkv.proof.json")
    foreign.write_text(MEDIA_INFO)
    list(colorize(replace(options, on_existing="overwrite")))
    assert is_result(present(options.output))
    assert foreign.read_text() == MEDIA_INFO
    assert len(contents(options.input.parent)) == 4


@pytest.mark.parametrize("end", BESIDE)
def test_an_input_with_a_name_of_ours(film: Path, end: str) -> None:
    given = film.rename(film.with_name(f"x.mkv{end}"))
    before = contents(film.parent)
    output = str(film.with_name("x.mkv"))
    assert main(["colorize", str(given), "-o", output, "--proof", "--premis", "-y", *QUICK]) == 4
    assert contents(film.parent) == before


@pytest.mark.parametrize("name", [".x.mkv.part", ".x.mkv.json.part"])
def test_an_input_that_is_called_like_a_draft(options: Options, name: str) -> None:
    given = options.input.rename(options.input.with_name(name))
    film = given.read_bytes()
    list(colorize(replace(options, input=given)))
    assert given.read_bytes() == film
    assert is_result(present(options.output))


def test_an_output_that_appears_during_the_run(options: Options) -> None:
    def seen(events: Iterable[Event]) -> None:
        for event in events:
            if isinstance(event, SegmentDone):
                present(options.output).write_text("theirs")

    with pytest.raises(OutputExists):
        seen(colorize(options))
    assert present(options.output).read_text() == "theirs"
    assert not sidecar_path(present(options.output)).exists()
    events = list(colorize(replace(options, on_existing="overwrite")))
    assert any(isinstance(event, Resumed) for event in events)
    assert is_result(present(options.output))


def test_a_sidecar_that_appears_during_the_run(options: Options) -> None:
    def seen(events: Iterable[Event]) -> None:
        for event in events:
            if isinstance(event, SegmentDone):
                sidecar_path(present(options.output)).write_text(MEDIA_INFO)

    with pytest.raises(OutputExists):
        seen(colorize(options))
    assert sidecar_path(present(options.output)).read_text() == MEDIA_INFO


def test_two_runs_with_two_work_folders_and_one_output(options: Options, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one, two = (replace(options, work_folder=tmp_path / name) for name in ("one", "two"))
    with closing(colorize(one)) as events:
        while not isinstance(next(events), SegmentDone):
            pass
        with pytest.raises(OutputBusy):
            list(colorize(two))
    list(colorize(one))
    assert {path.name for path in tmp_path.iterdir()} == {"film.mkv", "one", "two", "x.mkv", "x.mkv.json"}


def test_two_films_of_one_command_for_one_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    films = [str(photograph(tmp_path / name)) for name in ("a.png", "a.jpg")]
    before = contents(tmp_path)
    assert main(["colorize", *films, "-y", *QUICK]) == 4
    assert "a.color.png would be the result of a.png too" in capsys.readouterr().err
    assert contents(tmp_path) == before


def test_the_result_of_one_film_is_no_input_of_the_same_command(tmp_path: Path) -> None:
    films = [str(photograph(tmp_path / name)) for name in ("a.png", "a.color.png")]
    before = contents(tmp_path)
    assert main(["colorize", *films, "-y", *QUICK]) == 4
    assert contents(tmp_path) == before


def linked_folder(folder: Path, elsewhere: Path) -> None:
    folder.symlink_to(elsewhere)


def linked(name: str) -> Callable[[Path, Path], None]:
    def plant(folder: Path, elsewhere: Path) -> None:
        folder.mkdir()
        (folder / name).symlink_to(elsewhere / "segment-000001.mkv")

    return plant


def dangling_lock(folder: Path, elsewhere: Path) -> None:
    folder.mkdir()
    (folder / "lock").symlink_to(elsewhere / "nothing")


def second_name(folder: Path, elsewhere: Path) -> None:
    folder.mkdir()
    os.link(elsewhere / "segment-000001.mkv", folder / work.JOURNAL)


def other_file(folder: Path, elsewhere: Path) -> None:
    folder.mkdir()
    (folder / "thesis.txt").write_text("of somebody")


def other_folder(folder: Path, elsewhere: Path) -> None:
    (folder / "segment-000001.mkv").mkdir(parents=True)


KEPT = work.segment_path(Path(), "0" * 64, 1).name
PLANTED: list[Callable[[Path, Path], None]] = [
    linked_folder,
    dangling_lock,
    second_name,
    other_file,
    other_folder,
]
PLANTED += [
    linked(name) for name in ("lock", work.JOURNAL, work.MARKER, "segment-000001.mkv", KEPT, "0123abcd.part")
]


@pytest.mark.parametrize("plant", PLANTED)
@pytest.mark.parametrize("has_work_dir", [False, True])
def test_a_planted_work_folder_is_left_alone(
    options: Options, tmp_path: Path, plant: Callable[[Path, Path], None], *, has_work_dir: bool
) -> None:
    elsewhere, work_dir = tmp_path / "elsewhere", tmp_path / "work"
    for folder in (elsewhere, work_dir):
        folder.mkdir()
    (elsewhere / "segment-000001.mkv").write_text("theirs")
    options = replace(options, work_folder=work_dir if has_work_dir else None)
    plant(work_folder_of(present(options.output), options.work_folder), elsewhere)
    before = {name: text for name, text in contents(tmp_path).items() if not name.endswith("/lock")}
    with pytest.raises(OutputError):
        list(colorize(replace(options, on_existing="overwrite", is_fresh=True)))
    after = {name: text for name, text in contents(tmp_path).items() if not name.endswith("/lock")}
    assert after == before


def marked(folder: Path, output: Path) -> Path:
    """A work folder as a killed run leaves it, about `output`."""
    with work.reserved(folder, output.with_name("film.mkv"), output):
        work.segment_path(folder, "0" * 64, 1).write_text("segment")
    return folder


def test_clean_touches_our_own_folders_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "x.mkv"
    ours = marked(work_folder_of(output), output)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    other = marked(work_folder_of(output, elsewhere), output)
    with_more = marked(work_folder_of(tmp_path / "y.mkv"), tmp_path / "y.mkv")
    (with_more / "thesis.txt").write_text("of somebody")
    unmarked = tmp_path / ".a.work"
    unmarked.mkdir()
    for name in ("lock", "thesis.txt"):
        (unmarked / name).write_text("of somebody")
    copied = tmp_path / ".b.work"
    copied.mkdir()
    (copied / work.MARKER).write_bytes((ours / work.MARKER).read_bytes())
    (copied / "segment-000001.mkv").write_text("of somebody")
    (elsewhere / ".c.work").symlink_to(ours)
    before = contents(tmp_path)
    assert main(["clean", str(tmp_path), "-r", "--remove", "--yes"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in told] == [["removed", str(ours)], ["removed", str(other)]]
    is_gone = (str(ours.relative_to(tmp_path)), str(other.relative_to(tmp_path)))
    left = {name: text for name, text in before.items() if not name.startswith(is_gone)}
    after = contents(tmp_path)
    after.pop(f"{with_more.name}/lock", None)
    left.pop(f"{with_more.name}/lock", None)
    assert after == left


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("answer", "is_removed"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_clean_asks(
    tmp_path: Path,
    answer: str,
    *,
    is_removed: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / "x.mkv"
    folder = marked(work_folder_of(output), output)
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    assert main(["clean", str(tmp_path), "--remove"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith(f"unfinished  {folder}")
    assert "Remove what is kept of this unfinished film" in said.err
    assert folder.exists() != is_removed


def ended(batch: Batch) -> dict[str, FileEnded]:
    *_, last = run_batch(batch)
    assert isinstance(last, BatchFinished)
    return {one.input.name: one for one in last.files}


def test_a_json_of_another_program_hides_no_film(tmp_path: Path, options: Options) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    film = make(folder / "film.mkv", Source(frames=3))
    for text in (MEDIA_INFO, "no JSON", "[]", '{"schema": 1, "tool": {"name": "tcvc"}}'):
        sidecar_path(film).write_text(text)
        assert not is_result(film)
    found = ended(Batch(Search((str(folder),), folder), replace(options, output=None)))
    assert {name: one.state for name, one in found.items()} == {"film.mkv": "done"}
    result = folder / "film.color.mkv"
    assert is_result(result)
    os.utime(result, ns=(1, 1))
    assert is_result(result)  # the same bytes
    result.write_bytes(film.read_bytes())
    assert not is_result(result)


def test_a_batch_writes_over_none_of_its_inputs(tmp_path: Path, options: Options) -> None:
    for name in ("a.avi", "a.mkv"):
        make(tmp_path / name, Source(frames=3))
    options.input.unlink()
    before = contents(tmp_path)
    settings = replace(options, output=None, on_existing="overwrite")
    found = ended(Batch(Search((str(tmp_path),), tmp_path), settings, name="{stem}.{ext}"))
    assert {name: (one.state, one.exit_code) for name, one in found.items()} == {
        "a.avi": ("failed", OutputIsInput.exit_code),
        "a.mkv": ("failed", OutputIsInput.exit_code),
    }
    assert contents(tmp_path) == before


def test_a_report_is_written_over_a_report_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    films, report = tmp_path / "films", tmp_path / "report.json"
    films.mkdir()
    film = make(films / "a.mkv", Source(frames=3))
    command = ["batch", str(films), "-o", str(tmp_path / "out"), *QUICK, "-q", "--report"]
    for place in (film, tmp_path / "nowhere" / "report.json", films):
        before = contents(tmp_path)
        assert main([*command, str(place), "-y"]) == 4
        assert contents(tmp_path) == before
    report.write_text(MEDIA_INFO)
    assert main([*command, str(report)]) == 4
    assert "is there already, and is no report" in capsys.readouterr().err
    assert report.read_text() == MEDIA_INFO
    assert not (tmp_path / "out").exists()
    report.unlink()
    for counts in ({"done": 1}, {"done before": 1}):
        assert main([*command, str(report)]) == 0
        assert json.loads(report.read_text())["counts"] == counts


@pytest.mark.parametrize(("size", "is_proved"), [(250, False), (240, True)])
def test_a_name_that_is_too_long_is_refused_before_the_work(
    options: Options, size: int, *, is_proved: bool
) -> None:
    given = options.input.rename(options.input.with_name("x" * (size - 4) + ".mkv"))
    with pytest.raises(OutputError, match="too long"):
        list(colorize(replace(options, input=given, output=None, is_proved=is_proved)))
    assert contents(given.parent).keys() == {given.name}


def test_a_long_name(options: Options) -> None:
    given = options.input.rename(options.input.with_name("あ" * 78 + "x.mkv"))  # 239 bytes
    events = list(colorize(replace(options, input=given, output=None)))
    assert isinstance(events[-1], Finished)
    assert is_result(events[-1].output)
    assert len(os.fsencode(events[-1].sidecar.name)) == 250
    assert not is_there(work_folder_of(events[-1].output))
