"""Lists of shots in other programs' formats: what is written is read back, by us and by others, and each
mistake is named in one line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcvc_cli.errors import BadShotList, InputError
from tcvc_cli.records import Dissolve, Shot
from tcvc_cli.run.shot_list.fitting import Span
from tcvc_cli.run.shot_list.formats import FormatName, format_called, read_shots
from tcvc_cli.run.shot_list.listing import ListedFilm

NTSC = Fraction(30000, 1001)
FILM = ListedFilm("film.mov", Fraction(25), 200, "01:02:03:04")
DROPPING = ListedFilm("film.mov", NTSC, 2000, "00:59:59;20")
BARE = ListedFilm("film.mov", Fraction(25), 200)
MIXED = (Shot(0, 48), Shot(48, 120, dissolve=Dissolve(40, 56)), Shot(120, 200))
WHOLE = Span(0, 200)
CUTS = (Shot(0, 48), Shot(48, 49), Shot(49, 200))

Read = Callable[..., tuple[Shot, ...]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def from_text(
        text: str, film: ListedFilm = FILM, span: Span = WHOLE, name: str = "list.edl"
    ) -> tuple[Shot, ...]:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return read_shots(tmp_path / name, film, span)[0]

    return from_text


@pytest.mark.parametrize("film", [FILM, BARE], ids=["stated", "bare"])
@pytest.mark.parametrize("name", ["csv", "edl", "otio"])
def test_dissolves_come_back(read: Read, name: FormatName, film: ListedFilm) -> None:
    assert read(format_called(name).write(MIXED, film), film) == MIXED


@pytest.mark.parametrize("name", ["csv", "edl", "otio", "scenedetect"])
@given(lengths=st.lists(st.integers(1, 500), min_size=1, max_size=12), is_drop=st.booleans())
def test_cuts_come_back(
    tmp_path_factory: pytest.TempPathFactory, name: FormatName, lengths: list[int], *, is_drop: bool
) -> None:
    stops = [sum(lengths[: i + 1]) for i in range(len(lengths))]
    shots = tuple(Shot(a, b) for a, b in zip([0, *stops], stops, strict=False))
    film = ListedFilm("film.mov", NTSC, stops[-1], "00:59:59;20" if is_drop else "23:59:58:00")
    path = tmp_path_factory.mktemp("list") / "list.txt"
    path.write_text(format_called(name).write(shots, film))
    assert read_shots(path, film, Span(0, stops[-1]))[0] == shots


@pytest.mark.parametrize(
    ("film", "shots"), [(FILM, MIXED), (DROPPING, (Shot(0, 900), Shot(900, 2000)))], ids=["mixed", "drop"]
)
def test_the_adapter_of_opentimelineio_reads_the_same_from_an_edl(
    film: ListedFilm, shots: tuple[Shot, ...]
) -> None:
    otio = pytest.importorskip("opentimelineio")
    pytest.importorskip("otio_cmx3600_adapter")
    text = format_called("edl").write(shots, film)
    timeline = otio.adapters.read_from_string(text, "cmx_3600", rate=float(film.frame_rate))
    (track,) = timeline.video_tracks()
    first = film.clock().first
    children = list(track)
    starts = [
        round(child.range_in_parent().start_time.value)
        for child in children
        if isinstance(child, otio.schema.Clip)
    ]
    sources = [
        round(one.source_range.start_time.value) - first
        for one in children
        if isinstance(one, otio.schema.Clip)
    ]
    mixed = [one for one in children if isinstance(one, otio.schema.Transition)]
    cuts = [shot.start if shot.dissolve is None else shot.dissolve.start for shot in shots]
    assert len(mixed) == sum(shot.dissolve is not None for shot in shots)
    for transition, shot in zip(mixed, (shot for shot in shots if shot.dissolve), strict=True):
        assert shot.dissolve is not None
        assert round(transition.in_offset.value + transition.out_offset.value) == len(shot.dissolve)
        assert transition.transition_type == "SMPTE_Dissolve"
    if not mixed:
        assert starts == cuts
        assert sources == cuts


def test_an_edl_is_as_documented() -> None:
    film = ListedFilm("Der müde Tod, 1921.mov", Fraction(25), 200, "01:02:03:04")
    assert format_called("edl").write(MIXED[:2], film) == (
        "TITLE: Der müde Tod, 1921.mov\n"
        "FCM: NON-DROP FRAME\n"
        "\n"
        "001  DERMDETO V     C        01:02:03:04 01:02:04:19 01:02:03:04 01:02:04:19\n"
        "* FROM CLIP NAME: Der müde Tod, 1921.mov\n"
        "002  DERMDETO V     C        01:02:04:19 01:02:04:19 01:02:04:19 01:02:04:19\n"
        "002  DERMDETO V     D    016 01:02:04:19 01:02:07:24 01:02:04:19 01:02:07:24\n"
        "* FROM CLIP NAME: Der müde Tod, 1921.mov\n"
        "* TO CLIP NAME: Der müde Tod, 1921.mov\n"
    )


def event(number: int, source: str, record: str, transition: str = "C", *, channel: str = "V") -> str:
    return f"{number:03}  REEL  {channel}  {transition}  {source} {record}\n"


ELSEWHERE = ("07:00:00:00 07:00:04:00", "09:10:00:00 09:10:04:00")
OF_THE_FILM = (
    event(1, ELSEWHERE[0], "10:00:00:00 10:00:04:00")
    + "M2   REEL   012.5   07:00:00:00\n* LOC: a comment, 12\n"
    + event(1, ELSEWHERE[0], "10:00:00:00 10:00:09:00", channel="A2")
    + event(2, ELSEWHERE[1], "10:00:04:00 10:00:08:00", channel="AA/V")
)
OF_THE_SOURCE = event(1, "01:02:07:04 01:02:11:04", "10:00:00:00 10:00:04:00") + event(
    2, "01:02:03:04 01:02:07:04", "12:00:00:00 12:00:04:00"
)


@pytest.mark.parametrize("text", [OF_THE_FILM, OF_THE_SOURCE], ids=["record", "source"])
def test_the_side_that_covers_the_film_is_the_films(read: Read, text: str) -> None:
    assert read("TITLE: x\nFCM: NON-DROP FRAME\n" + text) == (Shot(0, 100), Shot(100, 200))


def test_a_wipe_is_a_cut_in_its_middle(read: Read) -> None:
    text = event(1, ELSEWHERE[0], "00:00:00:00 00:00:04:00") + event(
        2, ELSEWHERE[1], "00:00:04:00 00:00:08:00", "W001 020"
    )
    assert read(text) == (Shot(0, 110), Shot(110, 200))


def test_a_fade_up_from_black_is_the_first_shots_own(read: Read) -> None:
    assert read(event(1, "00:00:00:00 00:00:08:00", "00:00:00:00 00:00:08:00", "D 010")) == (Shot(0, 200),)


GOOD = event(1, "00:00:00:00 00:00:04:00", "00:00:00:00 00:00:04:00")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("TITLE: nothing\n", "list.edl: holds no event of an EDL"),
        (GOOD, "the last shot ends at frame 100, the film at 200"),
        (
            GOOD + event(2, "00:00:05:00 00:00:08:00", "00:00:05:00 00:00:08:00"),
            "line 2: .* at frame 125 and leaves a gap; expected 100",
        ),
        (
            GOOD + event(2, "00:00:03:00 00:00:08:00", "00:00:03:00 00:00:08:00"),
            "line 2: .* overlaps the shot before it; expected 100",
        ),
        (
            GOOD + event(2, "00:00:04:00 00:00:03:00", "00:00:04:00 00:00:03:00"),
            "line 2: the record ends at 00:00:03:00, before",
        ),
        (
            GOOD + event(2, "00:00:04:27 00:00:08:00", "00:00:04:27 00:00:08:00"),
            "line 2: 00:00:04:27 has frame 27, and a second has 25",
        ),
        (
            GOOD + event(2, "00:00:04:00 00:00:08:99", "00:00:04:00 00:00:08:99"),
            "line 2: 00:00:08:99 has frame 99",
        ),
        (
            GOOD + event(2, "00:99:04:00 00:00:08:00", "00:99:04:00 00:00:08:00"),
            "line 2: 00:99:04:00 is no time of a day",
        ),
        (
            GOOD + event(2, "00:00:04;00 00:00:08;00", "00:00:04;00 00:00:08;00"),
            "line 2: 25 frames a second have no drop frame",
        ),
        ("FCM: DROP FRAME\n" + GOOD, "line 2: 25 frames a second have no drop frame"),
        (
            GOOD + event(2, "-1:00:04:00 00:00:08:00", "-1:00:04:00 00:00:08:00"),
            "line 2: an event was expected, with four timecodes",
        ),
        (GOOD + "002  REEL  V  C  00:00:04:00\n", "line 2: an event was expected, with four timecodes"),
        (GOOD + "002 \x1b[31m" + "9" * 500 + "\n", "line 2: an event was expected"),
        (
            GOOD + event(2, "00:00:04:00 00:00:08:00", "00:00:04:00 00:00:08:00", "D"),
            "line 2: the transition D has no length",
        ),
        (
            GOOD + event(2, "00:00:04:00 00:00:08:00", "00:00:04:00 00:00:08:00", "X"),
            "line 2: a transition C, D or W was expected",
        ),
        (
            GOOD + event(2, "00:00:04:00 00:00:08:00", "00:00:04:00 00:00:08:00", "KB"),
            "line 2: a key lies over another picture",
        ),
        (
            GOOD + event(2, "00:00:04:00 00:00:08:00", "00:00:04:00 00:00:08:00", "D 999"),
            "line 2: the transition is longer than the event, 100 frames",
        ),
    ],
)
def test_each_mistake_in_an_edl_is_named_in_one_line(read: Read, text: str, message: str) -> None:
    with pytest.raises(BadShotList, match=message) as caught:
        read(text, BARE)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200


def test_a_film_of_an_uneven_rate_has_no_edl(read: Read) -> None:
    uneven = ListedFilm("film.mkv", Fraction(2731, 100), 200)
    with pytest.raises(InputError, match=r"film\.mkv: timecode needs a constant rate"):
        read(GOOD, uneven)
    with pytest.raises(InputError, match="timecode needs a constant rate"):
        format_called("edl").check(uneven)


SCENES = "Scene Number,Start Frame,Start Timecode,Start Time (seconds),End Frame,End Timecode\n"
ROWS = "1,1,00:00:00.000,0.000,48,00:00:01.920\n2,49,00:00:01.920,1.920,200,00:00:08.000\n"


@pytest.mark.parametrize(
    "text",
    [
        "Timecode List:,00:00:01.920\n" + SCENES + ROWS,
        SCENES + ROWS,
        (SCENES + ROWS).replace("1,1,", "1,0,").replace("2,49,", "2,48,"),  # before version 0.6
    ],
    ids=["cuts", "skip-cuts", "old"],
)
def test_scenes_of_pyscenedetect(read: Read, text: str) -> None:
    assert read(text, name="film-Scenes.csv") == (Shot(0, 48), Shot(48, 200))


def timeline(change: Callable[[Any], None], shots: tuple[Shot, ...] = MIXED) -> str:
    otio = pytest.importorskip("opentimelineio")
    made = otio.adapters.read_from_string(format_called("otio").write(shots, FILM), "otio_json")
    change(made)
    return str(otio.adapters.write_to_string(made, "otio_json"))


def test_an_otio_at_another_rate_is_read_in_frames_of_the_film(read: Read) -> None:
    otio = pytest.importorskip("opentimelineio")

    def double(made: Any) -> None:
        made.global_start_time = None
        for clip in made.find_clips():
            span = clip.source_range
            clip.source_range = otio.opentime.TimeRange(
                span.start_time.rescaled_to(50.0), span.duration.rescaled_to(50.0)
            )

    assert read(timeline(double)) == MIXED


def test_a_gap_of_an_otio_is_named(read: Read) -> None:
    otio = pytest.importorskip("opentimelineio")

    def cut_out(made: Any) -> None:
        track = made.video_tracks()[0]
        track[1] = otio.schema.Gap(source_range=track[1].source_range)

    with pytest.raises(
        BadShotList, match=r"list\.otio, clip 3: .* at frame 49 and leaves a gap; expected 48"
    ):
        read(timeline(cut_out, CUTS), name="list.otio")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is no timeline that can be read"),
        ("{}", "list.otio: .*timeline"),
        ('{"OTIO_SCHEMA": "Clip.1"}', "list.otio: .*timeline"),
        ('{"OTIO_SCHEMA": "Timeline.1", "tracks": 3}', "list.otio: .*timeline"),
        ("{" + '"a":[' * 20_000, "list.otio: .*timeline"),
    ],
)
def test_what_is_no_timeline(read: Read, text: str, message: str) -> None:
    pytest.importorskip("opentimelineio")
    with pytest.raises(BadShotList, match=message):
        read(text, name="list.otio")


PART = Span(50, 150, is_part=True)


@pytest.mark.parametrize(
    "rows",
    ["0,48\n48,120\n120,200\n", "50,120\n120,150\n", "0,70\n70,100\n"],
    ids=["of the film", "of the part, by the film", "of the part alone"],
)
def test_a_list_beside_a_part(read: Read, rows: str) -> None:
    text = "start_frame,stop_frame\n" + rows
    assert read(text, span=PART, name="list.csv") == (Shot(50, 120), Shot(120, 150))


def test_a_dissolve_is_cut_with_the_part(read: Read) -> None:
    text = format_called("csv").write(MIXED, FILM)
    inside = read(text, span=Span(44, 150, is_part=True))
    assert inside == (Shot(44, 48), Shot(48, 120, dissolve=Dissolve(45, 56)), Shot(120, 150))


def test_a_list_that_is_neither_says_what_was_expected(read: Read) -> None:
    with pytest.raises(
        BadShotList, match=r"frames 50 to 150 of the film.* or one of its own frames, 0 to 100"
    ):
        read("start_frame,stop_frame\n0,60\n60,120\n", span=PART, name="list.csv")


def test_columns_that_nobody_knows_are_named(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("start_frame,stop_frame,disolve_start,dissolve_stop,mood\n0,200,,,dark\n")
    shots, warnings = read_shots(path, FILM, Span(0, 200))
    assert shots == (Shot(0, 200),)
    assert warnings == (
        "list.csv: the column 'disolve_start' is unknown and counts for nothing;"
        " did you mean dissolve_start?",
        "list.csv: the column 'mood' is unknown and counts for nothing",
    )


def test_a_film_whose_name_is_no_utf_8_has_an_otio(read: Read) -> None:
    otio = pytest.importorskip("opentimelineio")
    film = replace(FILM, name="b\udcff\u202ed.mkv")
    made = otio.adapters.read_from_string(format_called("otio").write(MIXED, film), "otio_json")
    assert made.name == "b\\udcff\u202ed.mkv"
    assert read(str(otio.adapters.write_to_string(made, "otio_json"))) == MIXED
