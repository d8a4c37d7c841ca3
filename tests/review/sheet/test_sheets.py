"""A frame of each shot, before and after: the right frames, in pictures that a person finds."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tcvc_cli.errors import OutputError, OutputExists, OutputIsInput
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.names import sidecar_path
from tcvc_cli.plan.takes import Take
from tcvc_cli.records import Dissolve, Shot
from tcvc_cli.review.pictures import picture_of
from tcvc_cli.review.sheet.film import lay_sheets, middle_of
from tcvc_cli.review.sheet.request import SheetRequest
from tcvc_cli.run.batch.find import find_files
from tcvc_cli.run.batch.options import Search
from tcvc_cli.run.events import Event, FramesDone, Skipped, StageStarted
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.showing_events import SheetsLaid
from tests.material.media_sources import Source, make
from tests.material.present import present

FIRST = (20, 74)  # x, y of the first picture
SIZE = (64, 48)
PAIR_PX, ROW_PX = 2 * 64 + 2 + 14, 48 + 24 + 14


def laid(film: Path, result: Path | None = None, **options: object) -> list[Event]:
    return list(lay_sheets(SheetRequest(replace(Options(film), **options), result)))  # type: ignore[arg-type]


def last_of(events: Sequence[Event]) -> SheetsLaid:
    assert isinstance(events[-1], SheetsLaid)
    return events[-1]


def read(path: Path) -> NDArray[np.uint8]:
    return np.asarray(present(cv2.imread(str(path)))[..., ::-1], np.uint8)


def cut_out(sheet: NDArray[np.uint8], x: int, y: int) -> NDArray[np.uint8]:
    return sheet[y : y + SIZE[1], x : x + SIZE[0]]


def frame_of(film: Path, number: int) -> NDArray[np.uint8]:
    info = probe(film)
    return picture_of(info, next(read_frames(info, number, number + 1)), SIZE)


def test_each_shot_before_and_after(colored: Path) -> None:
    events = laid(colored)
    last = last_of(events)
    assert [one.name for one in last.sheets] == ["film.sheet.png"]
    assert last.shots == 4
    assert present(last.result).name == "film.color.mkv"
    assert StageStarted("sheet", 4) in events
    assert FramesDone("sheet", 4) in events
    sidecar = json.loads(sidecar_path(colored.with_name("film.color.mkv")).read_text())
    sheet = read(last.sheets[0])
    for place, shot in enumerate(sidecar["shots"]):
        assert shot["dissolve"] is None
        middle = (shot["start"] + shot["stop"] - 1) // 2
        row, column = divmod(place, 2)
        x, y = FIRST[0] + column * PAIR_PX, FIRST[1] + row * ROW_PX
        np.testing.assert_array_equal(cut_out(sheet, x, y), frame_of(colored, middle))
        after = frame_of(colored.with_name("film.color.mkv"), middle)
        np.testing.assert_array_equal(cut_out(sheet, x + SIZE[0] + 2, y), after)
    data = last.sheets[0].read_bytes()
    assert b"COLORIZED_WITH" in data
    assert b"a contact sheet" in data


@pytest.mark.slow
def test_the_frames_of_a_part_are_those_of_the_film(part: Path) -> None:
    """The result begins with frame 12 of the film."""
    last = last_of(laid(part))
    result = part.with_name("film.color.mkv")
    assert present(last.result) == result
    sheet, (shot,) = read(last.sheets[0]), json.loads(sidecar_path(result).read_text())["shots"]
    assert (shot["start"], shot["stop"]) == (12, 40)
    np.testing.assert_array_equal(cut_out(sheet, *FIRST), frame_of(part, 25))
    after = cut_out(sheet, FIRST[0] + SIZE[0] + 2, FIRST[1])
    np.testing.assert_array_equal(after, frame_of(result, 25 - 12))
    assert np.abs(after.astype(int) - frame_of(result, 25 - 13)).max() > 2


def test_a_film_without_a_result_stands_alone(colored: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    film = Path(shutil.copy(colored, alone / "film.mkv"))
    last = last_of(laid(film))
    assert last.result is None
    data = last.sheets[0].read_bytes()
    assert b"COLORIZED_WITH" not in data
    assert b"a contact sheet" in data


def test_a_photograph_has_a_sheet_of_one(tmp_path: Path) -> None:
    y, x = np.mgrid[:180, :240]
    grey = np.asarray(128 + 60 * np.sin(x / 30) * np.cos(y / 25), np.uint8)
    cv2.imwrite(str(tmp_path / "portrait.png"), grey)
    color = np.dstack([grey, grey // 2, grey])
    cv2.imwrite(str(tmp_path / "other.png"), color)
    last = last_of(laid(tmp_path / "portrait.png", tmp_path / "other.png"))
    assert [one.name for one in last.sheets] == ["portrait.sheet.png"]
    sheet = read(last.sheets[0])
    after = sheet[FIRST[1] : FIRST[1] + 180, FIRST[0] + 242 : FIRST[0] + 482]
    assert np.abs(after.astype(int) - color[..., ::-1]).max() <= 2


def test_a_turned_film_is_upright(tmp_path: Path) -> None:
    film = make(tmp_path / "turned.mp4", Source(frames=4, rotation=-90))
    last = last_of(laid(film))
    sheet = read(last.sheets[0])
    upright = cv2.rotate(frame_of(film, 1), cv2.ROTATE_90_CLOCKWISE)
    np.testing.assert_array_equal(sheet[FIRST[1] : FIRST[1] + 64, FIRST[0] : FIRST[0] + 48], upright)


def test_many_shots_are_several_sheets_and_the_first_comes_last(
    colored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tcvc_cli.review.sheet.film.MOST_SHOTS", 3)
    events = lay_sheets(SheetRequest(Options(colored)))
    for event in events:
        if event == FramesDone("sheet", 4):
            assert not list(colored.parent.glob("*.sheet*"))
        final = event
    first, second = last_of([final]).sheets
    assert [first.name, second.name] == ["film.sheet.png", "film.sheet-2.png"]
    assert read(first).shape == read(second).shape  # two and two
    third = json.loads(sidecar_path(colored.with_name("film.color.mkv")).read_text())["shots"][2]
    middle = (third["start"] + third["stop"] - 1) // 2
    np.testing.assert_array_equal(cut_out(read(second), *FIRST), frame_of(colored, middle))
    assert first.stat().st_mtime_ns >= second.stat().st_mtime_ns
    first.unlink()
    with pytest.raises(OutputExists, match=r"film\.sheet-2\.png is there already"):
        laid(colored)
    assert not first.exists()
    found = find_files(Search((str(colored.parent),), colored.parent / "out"))
    assert [one.path.name for one in found] == ["film.mkv"]


def test_a_stopped_run_leaves_nothing(colored: Path) -> None:
    before = sorted(colored.parent.iterdir())
    events = lay_sheets(SheetRequest(Options(colored)))
    for event in events:
        if event == FramesDone("sheet", 2):
            events.close()
    assert sorted(colored.parent.iterdir()) == before


def test_what_is_there_stays_unless_wanted(colored: Path) -> None:
    sheet = colored.with_name("film.sheet.png")
    sheet.write_bytes(b"mine")
    with pytest.raises(OutputExists):
        laid(colored)
    assert laid(colored, on_existing="skip") == [Skipped(sheet)]
    assert sheet.read_bytes() == b"mine"
    laid(colored, on_existing="overwrite")
    assert read(sheet).ndim == 3


def test_no_input_is_ever_the_sheet(tmp_path: Path) -> None:
    for name in ("portrait.png", "portrait.color.png"):
        cv2.imwrite(str(tmp_path / name), np.full((48, 64), 90, np.uint8))
        before = (tmp_path / name).read_bytes()
        with pytest.raises(OutputIsInput):
            laid(
                tmp_path / "portrait.png",
                tmp_path / "portrait.color.png",
                output=tmp_path / name,
                on_existing="overwrite",
            )
        assert (tmp_path / name).read_bytes() == before
    with pytest.raises(OutputError, match="cannot be written as"):
        laid(tmp_path / "portrait.png", output=tmp_path / "sheet.jpg")


def test_kept_shots_and_shots_in_colour_say_so(colored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = sidecar_path(colored.with_name("film.color.mkv"))
    content = json.loads(path.read_text())
    content["shots"][0]["in_colour"] = content["shots"][1]["in_colour"] = True
    content["shots"][1]["look"]["is_kept"] = True
    path.write_text(json.dumps(content))
    notes: list[str] = []

    def drawn(_title: str, _legend: str, cells: Sequence[object], **_: object) -> NDArray[np.uint8]:
        notes.extend(cell.note for cell in cells)  # type: ignore[attr-defined]
        return np.zeros((8, 8, 3), np.uint8)

    monkeypatch.setattr("tcvc_cli.review.sheet.film.sheet_of", drawn)
    laid(colored)
    assert notes == ["in colour", "kept", "", ""]


def test_a_sidecar_that_lies_is_not_believed(colored: Path) -> None:
    """The film is walked through instead."""
    path = sidecar_path(colored.with_name("film.color.mkv"))
    content = json.loads(path.read_text())
    for start, stop in ((4000, 5000), (-9, -3), (3, 3)):
        shots = [*content["shots"][:1], {**content["shots"][1], "start": start, "stop": stop}]
        path.write_text(json.dumps({**content, "shots": shots}))
        assert last_of(laid(colored, on_existing="overwrite")).shots == 4
    path.write_text(json.dumps({**content, "shots": []}))
    assert last_of(laid(colored, on_existing="overwrite")).shots == 4


def test_where_all_frames_are_mixed_one_of_them_is_shown() -> None:
    mixed = Take(Shot(20, 30, dissolve=Dissolve(10, 25)), ends_in=Dissolve(25, 40))
    assert middle_of(mixed) == 24
    assert middle_of(Take(Shot(20, 60, dissolve=Dissolve(10, 31)), ends_in=Dissolve(40, 80))) == 35
    crossed = Take(Shot(20, 30, dissolve=Dissolve(10, 28)), ends_in=Dissolve(24, 40))
    assert middle_of(crossed) == 24
