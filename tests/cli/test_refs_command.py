"""`tcvc refs`, and how a person and a program see references, through the command itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import pytest

from tcvc_cli.cli.main import main
from tcvc_cli.cli.wording import lines_of, numbers
from tcvc_cli.run.events import ReferencesFound
from tcvc_cli.run.film_memory.used_reference import UsedReference
from tcvc_cli.settings.reference import Reference
from tests.material.colored_films import LENGTHS, frames_of, save, write_film

FRAMES = frames_of()
MINI = ("--model", "tcvc-mini", "--device", "cpu")
SHOWN = Reference(Path("refs/ref_000003.png"), "0" * 64, 3, "name", likeness=0.9)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("film") / "film.mkv", FRAMES, is_gray=True)


def run(*arguments: object) -> int:
    return main([str(one) for one in arguments])


def records(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


def test_export_coverage_and_colour(film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refs, small = tmp_path / "refs", (*MINI, "--model-size", "128")
    assert run("refs", "export", film, "-o", refs, "--frames", "4, 14", *small) == 0
    told = capsys.readouterr()
    assert f"{refs / 'ref_000004.png'}: frame 4, of shot 1" in told.err.splitlines()
    assert f"{refs}: 2 frames" in told.err.splitlines()
    assert told.out == ""
    save(refs / "ref_000004.png", FRAMES[4])
    assert run("refs", "coverage", film, "--refs", refs / "ref_000004.png", *MINI) == 0
    table = capsys.readouterr().out
    assert f"{LENGTHS[0]} to {sum(LENGTHS) - 1}" in table
    assert table.splitlines()[-1].endswith("% of what is to be coloured is explained")
    assert run("refs", "coverage", film, "--refs", refs, "--json", *MINI) == 0
    found = records(capsys.readouterr().out)[-1]
    assert found["event"] == "CoverageFound"
    assert 0 < found["coverage"] <= 1
    result = tmp_path / "color.mkv"
    assert run("colorize", film, "-o", result, "--refs", refs, "--json", *small) == 0
    events = records(capsys.readouterr().out)
    (event,) = (one for one in events if one["event"] == "ReferencesFound")
    assert [one["reference"]["frame"] for one in event["references"]] == [4, 14]
    assert {one["stage"] for one in events if one["event"] == "StageStarted"} >= {"memory", "colorize"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--frames", "1,99"), "has no frame 99"),
        (("--frames", "one"), "it takes numbers of frames, as 12,400"),
        (("--frames", "1", "--every-shot"), "--frames names the frames, and --every-shot chooses some"),
        (("--every-shot", "--coverage"), "exclude each other"),
        (("--most", "0"), "it takes 1 to 1000"),
    ],
)
def test_an_export_that_makes_no_sense(
    film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: Sequence[str], words: str
) -> None:
    assert run("refs", "export", film, "-o", tmp_path / "refs", "-q", *MINI, *arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("tcvc: error: ")
    assert words in line
    assert not (tmp_path / "refs").exists()


def test_what_is_there_stays(film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(tmp_path / "ref_000001.png", FRAMES[1])
    wanted = ("refs", "export", film, "-o", tmp_path, "--frames", "1", "--grey", "-q", *MINI)
    assert run(*wanted) == 4
    assert "Use -y to overwrite it, or give another folder with -o." in capsys.readouterr().err
    assert run(*wanted, "-y") == 0


def bad(tmp_path: Path, kind: str) -> Path:
    """A reference that cannot be used."""
    path = tmp_path / "refs" / "ref_000002.png"
    save(path, FRAMES[2])
    match kind:
        case "grey":
            grey = cv2.cvtColor(FRAMES[2], cv2.COLOR_RGB2GRAY)
            cv2.imwrite(str(path), grey)
        case "damaged":
            path.write_bytes(path.read_bytes()[:2000])
        case "two":
            save(path.with_name("other_000002.png"), FRAMES[2] // 2 + 60)
            return path.parent
        case "text":
            path = path.with_name("notes.txt")
            path.write_text("Use more blue.")
        case "missing":
            path.unlink()
        case "too many":
            for number in range(1001):
                path.with_name(f"ref_{number:06d}.png").write_bytes(b"picture")
            return path.parent
        case "no colour":
            return write_film(tmp_path / "copy.mkv", FRAMES[:3], is_gray=True)
    return path


@pytest.mark.parametrize(
    ("kind", "code", "words"),
    [
        ("grey", 3, "ref_000002.png has no colour in it. Colour it first, or leave it out."),
        ("damaged", 3, "ref_000002.png is damaged. Save it again from its source, or leave it out."),
        ("two", 3, "other_000002.png and ref_000002.png both show frame 2. Leave one of them out."),
        ("text", 3, "notes.txt is neither a picture nor a film."),
        ("missing", 3, "ref_000002.png does not exist."),
        ("too many", 2, "1001 reference pictures are too many; 1000 is the most."),
        ("no colour", 3, "copy.mkv has no colour in it. Give a copy of the film in colour."),
    ],
)
def test_a_bad_reference_is_one_line(
    film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, code: int, words: str
) -> None:
    result = tmp_path / "result.mkv"
    assert run("colorize", film, "-o", result, "-q", "--refs", bad(tmp_path, kind), *MINI) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("tcvc: error: ")
    assert words in line
    assert not result.exists()


def test_what_knows_no_references(film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ("--refs", save(tmp_path / "ref_000001.png", FRAMES[1]))
    assert run("colorize", film, "--compat", "--model", "tcvc-idc", *given) == 2
    assert "--compat is the published path, which knows no references" in capsys.readouterr().err
    assert run("batch", tmp_path, "-o", tmp_path / "out", *given) == 2
    assert run("refs", "export", "-", "-o", tmp_path / "refs") == 2
    assert run("refs", "coverage", film) == 2
    assert run("refs") == 2


def test_a_line_for_every_reference() -> None:
    other = replace(SHOWN, file=Path("sea.jpg"), frame=None, found_by=None, likeness=None)
    found = ReferencesFound((UsedReference(SHOWN, (1, 3)), UsedReference(other, ())))
    assert lines_of(found) == [
        "ref_000003.png: frame 3, by its name; for shots 1, 3",
        "sea.jpg: no frame of this film, used by likeness; for no shot",
    ]
    assert numbers((1, 2, 4, 5, 6, 9)) == "1, 2, 4 to 6, 9"
