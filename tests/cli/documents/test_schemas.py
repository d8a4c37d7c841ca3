"""What commands really write is what docs/schemas say; and what is otherwise is refused."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import pytest
from PIL import Image

from examples.grey_film import write_grey
from tcvc_cli.cli.documents.json_schema import IN_FILES, IN_LINES, Definitions
from tcvc_cli.cli.main import main

jsonschema = pytest.importorskip("jsonschema")
ROOT = Path(__file__).parents[3]
SCHEMAS = {
    path.name.removesuffix(".schema.json"): json.loads(path.read_text("utf-8"))
    for path in (ROOT / "docs" / "schemas").iterdir()
}
SMALL = ("--model", "tcvc-mini", "--model-size", "64")


def errors_of(name: str, value: object) -> list[str]:
    """What the schema has against a value."""
    validator = jsonschema.Draft202012Validator(SCHEMAS[name])
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


class Desk:
    """A folder with films, and the command line in it."""

    def __init__(self, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capfd = folder, capfd

    def lines(self, *words: str, code: int = 0) -> list[dict[str, Any]]:
        """What a command prints as JSON."""
        self.capfd.readouterr()
        assert main([*words, "--json"]) == code, self.capfd.readouterr().err
        return [json.loads(line) for line in self.capfd.readouterr().out.splitlines()]

    def events(self, *words: str, code: int = 0) -> list[str]:
        """The kinds of them, each as the schema has it, after the start."""
        lines = self.lines(*words, code=code)
        assert [error for line in lines for error in errors_of("events", line)] == []
        assert lines[0]["event"] == "start" or len(lines) == 1
        return [line["event"] for line in lines if line["event"] != "start"]

    def file(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text("utf-8"))


@pytest.fixture(scope="module")
def films(color_film: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """grey.mkv, its result with a proof, and a file that is no film."""
    folder = tmp_path_factory.mktemp("films")
    write_grey(color_film, folder / "grey.mkv", frames=6, width_px=160)
    Image.new("L", (160, 120), 90).save(folder / "grey.png")
    (folder / "bad.mkv").write_text("no film")
    grey, result = folder / "grey.mkv", folder / "grey.color.mkv"
    words = ["colorize", str(grey), "-o", str(result), "--proof", "--preset", "master", *SMALL, "-q"]
    assert main(words) == 0
    return folder


@pytest.fixture
def desk(
    films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Desk:
    shutil.copytree(films, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return Desk(tmp_path, capfd)


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_is_a_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])
    assert errors_of(name, []) != []
    assert errors_of(name, {}) != []


def test_a_film(desk: Desk) -> None:
    kinds = desk.events("colorize", "grey.mkv", "-o", "again.mkv", "--proof", *SMALL)
    assert {"FilmProbed", "Prepared", "ShotsFound", "StreamsCarried", "Proved", "Finished"} <= set(kinds)
    assert kinds[-1] == "Finished"
    for result in ("grey.color.mkv", "again.mkv"):
        assert errors_of("sidecar", desk.file(f"{result}.json")) == []
        assert errors_of("proof", desk.file(f"{result}.proof.json")) == []


def test_a_photograph_a_plan_and_what_is_there(desk: Desk) -> None:
    assert desk.events("colorize", "grey.png", *SMALL)[-1] == "Finished"
    assert errors_of("sidecar", desk.file("grey.color.png.json")) == []
    assert desk.events("colorize", "grey.mkv", "-o", "new.mkv", "--dry-run", *SMALL)[-1] == "Planned"
    assert desk.events("colorize", "grey.mkv", "-n", *SMALL)[-1] == "Skipped"
    assert desk.events("colorize", "grey.mkv", *SMALL, code=4)[-1] == "error"


@pytest.mark.slow
def test_grades_and_steadied_colors(desk: Desk) -> None:
    assert desk.events("grade", "grey.color.mkv", "--warmth", "0.2")[-1] == "Finished"
    assert errors_of("sidecar", desk.file("grey.graded.mkv.json")) == []
    assert "Steadied" in desk.events("stabilize", "grey.color.mkv", "--film", "grey.mkv")
    assert errors_of("sidecar", desk.file("grey.color.steady.mkv.json")) == []


@pytest.mark.slow
def test_what_is_made_for_showing(desk: Desk) -> None:
    assert desk.events("sheet", "grey.mkv")[-1] == "SheetsLaid"
    assert desk.events("compare", "grey.mkv", "grey.color.mkv")[-1] == "ComparisonWritten"
    assert desk.events("preview", "grey.mkv", *SMALL)[-1] == "PreviewMade"
    assert desk.events("review", "grey.mkv", "--no-palettes")[-1] == "ReviewBuilt"


@pytest.mark.slow
def test_references_and_palettes(desk: Desk) -> None:
    assert desk.events("refs", "export", "grey.mkv", "-o", "refs", *SMALL)[-1] == "FramesExported"
    assert desk.events("refs", "coverage", "grey.mkv", "--refs", "refs")[-1] == "CoverageFound"
    assert "ReferencesFound" in desk.events("colorize", "grey.mkv", "-y", "--refs", "refs", *SMALL)
    assert errors_of("sidecar", desk.file("grey.color.mkv.json")) == []
    kinds = desk.events("palettes", "grey.mkv", "--model", "tcvc-dino", "--model-size", "64")
    assert {"ShotPalettes", "PalettesLaid"} <= set(kinds)


def test_a_batch_with_a_film_that_fails(desk: Desk) -> None:
    for name in ("grey.mkv", "bad.mkv"):
        (desk.folder / "in").mkdir(exist_ok=True)
        shutil.copy(name, desk.folder / "in" / name)
    words = ("batch", "in", "-o", "out", "--report", "report.json", *SMALL)
    assert desk.events(*words, code=8)[-2:] == ["BatchFinished", "error"]
    report = desk.file("report.json")
    assert errors_of("batch-report", report) == []
    assert report["counts"] == {"done": 1, "failed": 1}


def test_a_shard_with_a_film_that_fails(desk: Desk) -> None:
    (desk.folder / "shared").mkdir()
    shutil.copy("grey.mkv", desk.folder / "shared" / "grey.mkv")
    (desk.folder / "shared" / "bad.mkv").touch()
    words = ("batch", "shared", "-o", "shards", *SMALL)
    assert desk.events(*words, "--shard", "1/1", code=8)[-2:] == ["BatchFinished", "error"]
    report = desk.file("shards/.tcvc-shards/shard-1-of-1.json")
    assert errors_of("shard-report", report) == []
    assert report["counts"] == {"done": 1, "failed": 1}
    *films, total = desk.lines(*words, "--status")
    assert [error for line in (*films, total) for error in errors_of("batch-status", line)] == []
    assert sorted(one["state"] for one in films) == ["done", "failed"]
    assert (total["films"]["done"], total["films"]["failed"]) == (1, 1)
    assert errors_of("batch-status", report) != []


def test_a_proof_that_holds_and_one_that_does_not(desk: Desk) -> None:
    (proof,) = desk.lines("verify", "grey.mkv", "grey.color.mkv")
    assert errors_of("proof", proof) == []
    proof, error = desk.lines("verify", "grey.color.mkv", "grey.mkv", code=7)
    assert errors_of("proof", proof) == []
    assert errors_of("events", error) == []
    assert (error["event"], error["code"], error["film"]) == ("error", 7, "grey.color.mkv")


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("shots", "grey.mkv"), "shots"),
        (("report", "grey.mkv"), "report"),
        (("settings", "grey.mkv"), "settings-show"),
        (("settings", "grey.mkv", "--shot", "1", "--saturation", "0.5"), "settings-show"),
        (("settings", "grey.mkv", "--shot", "1", "--point", "0,0.5,0.5,#336699"), "settings-show"),
        (("measure", "grey.color.mkv", "--reference", "grey.color.mkv"), "measure"),
        (("weights", "list"), "weights"),
        (("weights", "show", "tcvc-mini"), "weights"),
    ],
)
def test_what_a_command_prints(desk: Desk, words: tuple[str, ...], name: str) -> None:
    lines = desk.lines(*words)
    assert lines
    assert [error for line in lines for error in errors_of(name, line)] == []
    assert {line["schema"] for line in lines} == {1}


def test_settings_that_hold(desk: Desk) -> None:
    (desk.folder / "grey.tcvc.toml").write_text(
        "[[shot]]\nnumber = 1\nkeep = true\nhue_maps = ['blue -> brown']\n"
        "points = [{frame = 0, x = 0.5, y = 0.5, color = '#336699'}]\n"
    )
    (found,) = desk.lines("settings", "grey.mkv")
    assert errors_of("settings-show", found) == []
    assert found["shots"][0]["decisions"]["points"]


def test_options_that_files_set(desk: Desk) -> None:
    (desk.folder / "tcvc.toml").write_text("crf = 20\nproof = true\nrefs = ['a', 'b']\n")
    lines = desk.lines("config", "show")
    assert {type(line["value"]) for line in lines} == {str, bool, list}
    assert [error for line in lines for error in errors_of("config", line)] == []


@pytest.mark.slow
def test_the_doctor(desk: Desk) -> None:
    desk.capfd.readouterr()
    main(["doctor", "--json"])
    lines = [json.loads(line) for line in desk.capfd.readouterr().out.splitlines()]
    found = [line for line in lines if "event" not in line]
    assert len(found) > 5
    assert [error for line in found for error in errors_of("doctor", line)] == []


def leaves(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each field that is no object and no list."""
    rows = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in rows:
        if isinstance(one, dict | list):
            yield from leaves(one, (*place, key))
        else:
            yield (*place, key)


@pytest.mark.parametrize(
    ("name", "file", "free"),
    [
        ("sidecar", "grey.color.mkv.json", set()),
        ("proof", "grey.color.mkv.proof.json", set()),
    ],
)
def test_no_field_may_be_of_another_type(desk: Desk, name: str, file: str, free: set[str]) -> None:
    good = desk.file(file)
    assert errors_of(name, good) == []
    places = list(leaves(good))
    assert len(places) > 20
    for *way, last in places:
        bad = copy.deepcopy(good)
        inner = bad
        for key in way:
            inner = inner[key]
        inner[last] = {"no": "such thing"}
        assert errors_of(name, bad) != [], (*way, last)


@pytest.mark.parametrize(
    "line",
    [
        {"event": "FramesDone", "stage": "colorize", "frames": "7"},
        {"event": "FramesDone", "stage": "dreaming", "frames": 7},
        {"event": "FramesDone", "stage": "colorize"},
        {"event": "NoSuchThing"},
        {"event": "error", "schema": 1, "message": "it fell", "advice": "", "film": None},
        {"event": "error", "schema": 1, "code": "3", "message": "it fell", "advice": "", "film": None},
        {"event": "start", "tool": "tcvc", "version": "1"},
    ],
)
def test_an_event_that_is_none(line: dict[str, object]) -> None:
    assert errors_of("events", line) != []


def test_an_event_with_something_more_to_say() -> None:
    line = {"event": "FramesDone", "stage": "colorize", "frames": 7, "mood": "good"}
    assert errors_of("events", line) == []


@dataclass(frozen=True, slots=True)
class Everything:
    """All that a record holds."""

    kind: Literal["a"]
    word: Literal["b", "c"]
    rate: Fraction
    size: tuple[int, int]
    parts: tuple[Everything, ...]
    share: float | None
    files: frozenset[Path]
    free: Any
    named: dict[str, int] = field(default_factory=dict, metadata={"key": "called"})


def schema_of(writing: Any) -> dict[str, Any]:
    definitions = Definitions(writing, {"Everything": Everything})
    root = definitions.reference(Everything)
    return {**root, "$defs": definitions.all()}


GOOD: dict[str, Any] = {
    "kind": "a",
    "word": "c",
    "rate": "3/2",
    "size": [1, 2],
    "parts": [],
    "share": None,
    "files": ["x"],
    "free": [{}],
}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("kind", "b"),
        ("word", "d"),
        ("rate", "3/0"),
        ("rate", 1.5),
        ("size", [1]),
        ("size", [1, 2, 3]),
        ("size", [1, True]),
        ("parts", [{"kind": "a"}]),
        ("share", "half"),
        ("files", [3]),
        ("called", {"x": "y"}),
    ],
)
def test_each_type_is_held(key: str, value: object) -> None:
    validator = jsonschema.Draft202012Validator(schema_of(IN_FILES))
    validator.validate({**GOOD, "parts": [GOOD], "called": {"x": 1}})
    assert not validator.is_valid({**GOOD, key: value})


def test_what_has_no_default_must_be_there() -> None:
    validator = jsonschema.Draft202012Validator(schema_of(IN_LINES))
    validator.validate({**GOOD, "share": "inf"})
    assert {key for key in GOOD if validator.is_valid({k: v for k, v in GOOD.items() if k != key})} == set()
    with pytest.raises(TypeError, match="nothing that a record holds"):
        Definitions(IN_LINES).of(set[int])
