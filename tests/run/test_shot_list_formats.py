"""Lists in every format say the same shots, and say what is wrong with them."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tcvc_cli.errors import BadShotList, TcvcError, UsageError
from tcvc_cli.records import Dissolve, Shot
from tcvc_cli.run.shot_list.fitting import Span
from tcvc_cli.run.shot_list.formats import FormatName, format_called, read_shots
from tcvc_cli.run.shot_list.listing import ListedFilm

SHOTS = (Shot(0, 48), Shot(48, 90), Shot(90, 200, dissolve=Dissolve(82, 98)))
PLAIN = (Shot(0, 48), Shot(48, 90), Shot(90, 200))
RATES = [
    (Fraction(24), None),
    (Fraction(25), "10:00:00:00"),
    (Fraction(24000, 1001), "01:00:00:00"),
    (Fraction(30000, 1001), "00:59:58;10"),
    (Fraction(60000, 1001), "23:59:59;00"),
    (Fraction(50), "00:00:00:00"),
]
NAMES: tuple[FormatName, ...] = ("csv", "edl", "otio", "scenedetect")


def film_of(rate: Fraction = Fraction(25), timecode: str | None = None) -> ListedFilm:
    return ListedFilm("film.mov", rate, 200, timecode)


def read(path: Path, text: str, film: ListedFilm, span: Span) -> tuple[tuple[Shot, ...], tuple[str, ...]]:
    path.write_text(text)
    return read_shots(path, film, span)


@pytest.mark.parametrize(("rate", "timecode"), RATES)
@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_is_read_back(
    name: FormatName, rate: Fraction, timecode: str | None, tmp_path: Path
) -> None:
    if name == "otio":
        pytest.importorskip("opentimelineio")
    film = film_of(rate, timecode)
    text = format_called(name).write(SHOTS, film)
    shots, warnings = read(tmp_path / "list.txt", text, film, Span(0, 200))
    assert shots == (PLAIN if name == "scenedetect" else SHOTS)
    assert warnings == ()


@pytest.mark.parametrize("name", NAMES)
def test_a_list_of_the_film_is_cut_to_a_part_and_one_of_the_part_is_moved(
    name: FormatName, tmp_path: Path
) -> None:
    if name == "otio":
        pytest.importorskip("opentimelineio")
    film, part = film_of(timecode="10:00:00:00"), Span(20, 70, is_part=True)
    shots, _ = read(tmp_path / "l", format_called(name).write(PLAIN, film), film, part)
    assert shots == (Shot(20, 48), Shot(48, 70))
    own = format_called(name).write((Shot(0, 30), Shot(30, 50)), film)
    shots, _ = read(tmp_path / "l", own, film, part)
    assert shots == (Shot(20, 50), Shot(50, 70))
    with pytest.raises(
        BadShotList, match="a list that covers these was expected, or one of its own frames, 0 to 50"
    ):
        read(tmp_path / "l", format_called("csv").write((Shot(0, 30),), film), film, part)


EDL = """TITLE: Reel 1
FCM: NON-DROP FRAME

001  AX       AA/V  C        02:00:00:00 02:00:02:00 01:00:00:00 01:00:02:00
* FROM CLIP NAME: street.mov
M2   AX       025.0          02:00:00:00
002  BX       V     C        05:00:00:00 05:00:00:00 01:00:02:00 01:00:02:00
002  CX       V     D    010 07:00:00:00 07:00:03:00 01:00:02:00 01:00:05:00
003  AX       A2    C        02:00:00:00 02:00:02:00 01:00:00:00 01:00:02:00
"""


def test_an_edl_of_an_editor_counts_by_its_record_side(tmp_path: Path) -> None:
    shots, _ = read(tmp_path / "a.edl", EDL, film_of(timecode="01:00:00:00"), Span(0, 125))
    assert shots == (Shot(0, 55), Shot(55, 125, dissolve=Dissolve(50, 60)))
    without, _ = read(tmp_path / "a.edl", EDL, film_of(), Span(0, 125))
    assert without == shots


@pytest.mark.parametrize(("text", "words"), [
    (EDL.replace("01:00:05:00", "01:00:05:25"), "line 8: 01:00:05:25 has frame 25, and a second has 25"),
    (EDL.replace("  D    010", "  D       "), "line 8: the transition D has no length"),
    (EDL.replace("  D    010", "  X    010"), "line 8: a transition C, D or W was expected"),
    (EDL.replace("01:00:02:00 01:00:05:00", "01:00:02:10 01:00:05:00"), "leaves a gap"),
    (EDL.replace("01:00:05:00", "01:00:01:00"), "line 8: the record ends at 01:00:01:00, before its start"),
    ("001  AX  V  C  01:00:00:00\n" * 3 + EDL, "line 1: an event was expected, with four timecodes"),
    ("TITLE: nothing\n", "holds no event of an EDL"),
])  # fmt: skip
def test_what_is_wrong_with_an_edl_is_named(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(BadShotList) as caught:
        read(tmp_path / "a.edl", text, film_of(timecode="01:00:00:00"), Span(0, 125))
    assert words in str(caught.value)


def test_the_scene_list_of_pyscenedetect(tmp_path: Path) -> None:
    head = "Scene Number,Start Frame,Start Timecode,Start Time (seconds),End Frame\n"
    rows = "1,1,00:00:00.000,0.000,48\n2,49,00:00:01.920,1.920,200\n"
    cuts = "Timecode List:,00:00:01.920\n"
    for text in (head + rows, cuts + head + rows):
        assert read(tmp_path / "s.csv", text, film_of(), Span(0, 200))[0] == (Shot(0, 48), Shot(48, 200))
    with pytest.raises(BadShotList, match=r"s.csv, line 4"):
        read(tmp_path / "s.csv", cuts + head + rows.replace("49,", "50,"), film_of(), Span(0, 200))


def test_a_column_that_nobody_knows_is_named(tmp_path: Path) -> None:
    text = "start_frame,stop_frame,disolve_start,dissolve_stop,Note\n0,200,,,a\n"
    _, warnings = read(tmp_path / "s.csv", text, film_of(), Span(0, 200))
    assert warnings == (
        "s.csv: the column 'disolve_start' is unknown and counts for nothing; did you mean dissolve_start?",
        "s.csv: the column 'note' is unknown and counts for nothing",
    )


@pytest.mark.parametrize("text", [
    '{"OTIO_SCHEMA": "Timeline.1"}', '{"OTIO_SCHEMA": "Clip.1", "name": "x"}', '{"a": [[[[',
    "{" * 5000, '{"OTIO_SCHEMA": 7}',
])  # fmt: skip
def test_a_timeline_that_is_none_is_refused_in_one_line(text: str, tmp_path: Path) -> None:
    pytest.importorskip("opentimelineio")
    with pytest.raises(BadShotList) as caught:
        read(tmp_path / "a.otio", text, film_of(), Span(0, 200))
    assert "\n" not in str(caught.value)


def test_without_the_package_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: Callable[..., Any] = builtins.__import__

    def without(name: str, *more: Any, **others: Any) -> Any:
        if name.partition(".")[0] == "opentimelineio":
            raise ImportError(name)
        return known(name, *more, **others)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UsageError, match="opentimelineio"):
        format_called("otio").write(PLAIN, film_of())


def test_a_film_without_a_constant_rate_has_no_timecodes() -> None:
    odd = film_of(Fraction(1234, 100))
    with pytest.raises(TcvcError, match=r"constant rate, and the film has 12\.340"):
        format_called("edl").write(PLAIN, odd)
    assert format_called("csv").write(PLAIN, odd)


@pytest.mark.parametrize(("rate", "timecode"), RATES[:4])
def test_another_reader_of_edls_sees_the_same_shots(rate: Fraction, timecode: str | None) -> None:
    adapters = pytest.importorskip("opentimelineio").adapters
    pytest.importorskip("otio_cmx3600_adapter")
    film = film_of(rate, timecode)
    text = format_called("edl").write(PLAIN, film)
    timeline = adapters.read_from_string(text, "cmx_3600", rate=float(rate))
    lengths = [round(clip.duration().value) for clip in timeline.find_clips()]
    assert lengths == [len(shot) for shot in PLAIN]
    assert {clip.name for clip in timeline.find_clips()} == {"film.mov"}
