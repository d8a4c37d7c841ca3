"""The shot list that people edit: what is written can be read, and each mistake is named."""

from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcvc_cli.errors import BadShotList, UnreadableInput
from tcvc_cli.records import Dissolve, Shot
from tcvc_cli.run.shot_list.csv_list import read_csv, write_csv

THREE = (Shot(0, 48), Shot(48, 49, dissolve=Dissolve(40, 49)), Shot(49, 200))
WITHOUT = (Shot(0, 48), Shot(48, 49), Shot(49, 200))


def written(shots: tuple[Shot, ...], frame_rate: Fraction = Fraction(24)) -> str:
    stream = io.StringIO()
    write_csv(shots, frame_rate, stream)
    return stream.getvalue()


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Any]:
    def from_text(text: str | bytes, frame_count: int = 200) -> tuple[Shot, ...]:
        path = tmp_path / "shots.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_csv(path, frame_count)

    return from_text


def test_the_table_is_as_documented() -> None:
    assert written((Shot(0, 48), Shot(48, 130), Shot(130, 192, dissolve=Dissolve(122, 138)))) == (
        "shot,start_frame,stop_frame,start_time,end_time,dissolve_start,dissolve_stop\n"
        "1,0,48,0:00:00.000,0:00:02.000,,\n"
        "2,48,130,0:00:02.000,0:00:05.417,,\n"
        "3,130,192,0:00:05.417,0:00:08.000,122,138\n"
    )


def test_times_of_a_long_film_at_an_odd_rate() -> None:
    hour = written((Shot(0, 107_892), Shot(107_892, 107_893)), Fraction(30000, 1001))
    assert hour.splitlines()[1].endswith("0:00:00.000,0:59:59.996,,")
    assert hour.splitlines()[2].endswith("0:59:59.996,1:00:00.030,,")


@given(st.lists(st.integers(1, 10**5), min_size=1, max_size=40))
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, lengths: list[int]) -> None:
    stops = [sum(lengths[: i + 1]) for i in range(len(lengths))]
    shots = tuple(Shot(a, b) for a, b in zip([0, *stops], stops, strict=False))
    path = tmp_path_factory.mktemp("list") / "shots.csv"
    path.write_text(written(shots))
    assert read_csv(path, stops[-1]) == shots


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(",", ";"),
        lambda text: text.replace(",", "\t"),
        lambda text: "\ufeff" + text.replace("\n", "\r\n"),
        lambda text: text.replace("shot,", "Shot ,", 1) + "\n,,,,\n",
    ],
)
def test_what_spreadsheets_make_of_it_is_read(read: Callable[..., Any], change: Callable[..., Any]) -> None:
    assert read(change(written(THREE))) == THREE


@pytest.mark.parametrize(
    "text",
    [
        "start_frame,stop_frame\n0,48\n48,49\n49,200",
        'stop_frame,note,start_frame\n48,"a, b",0\n49,,48\n200,,49\n',
    ],
)
def test_without_the_columns_of_dissolves_all_are_cuts(read: Callable[..., Any], text: str) -> None:
    assert read(text) == WITHOUT


HEAD = "shot,start_frame,stop_frame\n"
DISSOLVES = "start_frame,stop_frame,dissolve_start,dissolve_stop\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "shots.csv: is empty"),
        (HEAD, "shots.csv: holds no shot"),
        (b"\xff\xfe\x00", "shots.csv: is not text in UTF-8"),
        ("1,0,200\n", "line 1: no column start_frame and no column stop_frame"),
        ("shot,start_frame,end\n1,0,200\n", "line 1: no column stop_frame"),
        (HEAD + "1,0,48\n2,50,200\n", "line 3: the shot starts at frame 50 and leaves a gap; expected 48"),
        (HEAD + "1,0,48\n2,40,200\n", "line 3: the shot starts at frame 40 and overlaps .*; expected 48"),
        (HEAD + "1,3,200\n", "line 2: the shot starts at frame 3 and leaves a gap; expected 0"),
        (HEAD + "1,0,48\n\n2,48,48\n", "line 4: the shot ends at frame 48, not after its start 48"),
        (HEAD + "1,0,4x\n", "line 2: a frame number was expected, not '4x'"),
        (HEAD + "1,-1,200\n", "line 2: a frame number was expected, not '-1'"),
        (HEAD + "1,0,2e2\n", "line 2: a frame number was expected, not '2e2'"),
        (HEAD + "1,0," + "9" * 5000, "line 2: a frame number was expected, not '9999"),
        (HEAD + "1,0,200," + "x" * 200_000, "shots.csv: is not a table"),
        (HEAD + "1,0\n", "line 2: a frame number was expected, not nothing"),
        (DISSOLVES + "0,200,0,9\n", "line 2: the dissolve of frames 0 to 9 has no shot before it"),
        (DISSOLVES + "0,48,,\n48,200,50,60\n", "line 3: .* is not where the shot starts, at frame 48"),
        (DISSOLVES + "0,48,,\n48,200,48,48\n", "line 3: .* is not where the shot starts, at frame 48"),
        (DISSOLVES + "0,48,,\n48,200,0,60\n", "line 3: .* reaches too far into the shot before it"),
        (DISSOLVES + "0,48,,\n48,200,40,201\n", "line 3: .* reaches too far into the shot before it or this"),
        (DISSOLVES + "0,48,,\n48,60,40,55\n60,200,50,70\n", "line 4: .* reaches too far"),
        (DISSOLVES + "0,48,,\n48,200,,60\n", "line 3: a frame number was expected, not nothing"),
        (HEAD + "1,0,199\n", "the last shot ends at frame 199, the film at 200"),
        (HEAD + "1,0,201\n", "the last shot ends at frame 201, the film at 200"),
    ],
)
def test_each_mistake_is_named_in_one_line(read: Callable[..., Any], text: str | bytes, message: str) -> None:
    with pytest.raises(BadShotList, match=message) as caught:
        read(text)
    assert "\n" not in str(caught.value)


def test_a_list_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match=r"none\.csv: No such file"):
        read_csv(tmp_path / "none.csv", 5)
