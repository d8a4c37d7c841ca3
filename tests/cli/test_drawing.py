"""How the events of a run are told: NDJSON, plain lines, a bar, or only warnings."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import get_args

import pytest
from rich.console import Console

from tcvc_cli.cli.console import LOG, say_error, set_quiet, set_verbose
from tcvc_cli.cli.ndjson import plain, write_event
from tcvc_cli.cli.progress import STAGE_TITLES, Bar, Drawing, Lines, Warnings, draw
from tcvc_cli.cli.wording import lines_of, warnings_in
from tcvc_cli.errors import InternalError
from tcvc_cli.records import (
    CarriedStream,
    ColorTags,
    Dissolve,
    DroppedStream,
    FilmInfo,
    PixelFormat,
    Shot,
    StreamInfo,
)
from tcvc_cli.run.events import (
    Event,
    FileTold,
    FilmProbed,
    Finished,
    FramesDone,
    Planned,
    Prepared,
    SegmentDone,
    ShotsFound,
    ShotStarted,
    Skipped,
    Stage,
    StageStarted,
    StreamsCarried,
    Warned,
)

SOUND = StreamInfo(1, "audio", "opus", "fra", "Commentary [b]")
FONT = StreamInfo(4, "attachment", "ttf", None, None)
FILM = FilmInfo(
    path=Path("old\nfilm [red].mkv"),
    container="matroska,webm",
    is_photograph=False,
    video_index=0,
    width_px=480,
    height_px=360,
    sample_aspect=Fraction(1),
    frame_rate=Fraction(24000, 1001),
    time_base=Fraction(1, 1000),
    frame_count=192,
    pixel_format=PixelFormat("yuv420p10le", 10, 1, 1, is_grey=False, is_rgb=False),
    color=ColorTags(2, 2, 6, full_range=False),
    streams=(SOUND, FONT),
    chapter_count=3,
)
SHOTS = (Shot(0, 48), Shot(48, 192))
PROBED = FilmProbed(FILM, Path("old.color.mkv"), "tcvc-mini", "cpu", "bf16")
RUN: tuple[Event, ...] = (
    PROBED,
    StageStarted("shots", 192),
    FramesDone("shots", 192),
    ShotsFound(SHOTS, 14),
    StageStarted("colorize", 192),
    ShotStarted(1, SHOTS[0]),
    FramesDone("colorize", 48),
    Warned("the header lies"),
    StageStarted("remux", 192),
    StreamsCarried((CarriedStream(SOUND, "copied"),), (DroppedStream(FONT, "mp4 holds no attachments"),)),
    Finished(Path("old.color.mkv"), Path("old.color.json"), 192, 16.0),
)
PLAN = Planned(SHOTS, (0, 16, 47, 48, 191), 3723.4, 2048.0)


def told(make: Callable[[Console], Drawing], events: tuple[Event, ...]) -> str:
    """What a drawing on a plain console prints."""
    out = io.StringIO()
    drawing = make(Console(file=out, markup=False, highlight=False, soft_wrap=True))
    for event in events:
        drawing.show(event)
    return out.getvalue()


@pytest.mark.parametrize("event", [*RUN, PLAN, Skipped(Path("a"))], ids=lambda e: type(e).__name__)
def test_every_event_is_one_line_of_json(event: Event) -> None:
    out = io.StringIO()
    write_event(event, out)
    assert out.getvalue().count("\n") == 1
    record = json.loads(out.getvalue())
    assert record["event"] == type(event).__name__
    assert set(record) == {"event", *type(event).__dataclass_fields__}


def test_json_is_exact() -> None:
    film = plain(PROBED)["film"]
    assert film["path"] == "old\nfilm [red].mkv"
    assert film["frame_rate"] == "24000/1001"
    assert film["sample_aspect"] == "1/1"
    assert film["pixel_format"]["bit_depth"] == 10
    assert film["streams"][0]["title"] == "Commentary [b]"
    assert plain(RUN[3]) == {
        "shots": [
            {"start": 0, "stop": 48, "is_in_color": False, "dissolve": None, "overlays": []},
            {"start": 48, "stop": 192, "is_in_color": False, "dissolve": None, "overlays": []},
        ],
        "anchor_count": 14,
    }


def test_json_takes_names_that_are_no_text() -> None:
    out = io.StringIO()
    write_event(Skipped(Path("caf\udce9")), out)
    out.getvalue().encode("ascii")
    assert json.loads(out.getvalue())["output"] == "caf\udce9"


def test_lines_tell_the_whole_run() -> None:
    assert told(Lines, RUN).splitlines() == [
        r"old\nfilm [red].mkv: 480x360 yuv420p10le, 23.976 fps, about 192 frames; tcvc-mini on cpu (bf16)",
        "shots 2, anchors 14",
        "warning: the header lies",
        'carried  #1 audio opus (fra) "Commentary [b]": copied',
        "warning: dropped  #4 attachment ttf: mp4 holds no attachments",
        "old.color.mkv: 192 frames in 16.0 s (12.0 frames/s); sidecar old.color.json",
    ]


def test_what_must_be_said_of_one_of_several_films_names_it() -> None:
    film = Path("reel 2.mkv")
    assert warnings_in(FileTold(film, Warned("the header lies"))) == ["reel 2.mkv: warning: the header lies"]
    assert lines_of(FileTold(film, FramesDone("colorize", 7))) == []


def test_quiet_still_says_what_is_lost() -> None:
    assert told(Warnings, RUN).splitlines() == [
        "warning: the header lies",
        "warning: dropped  #4 attachment ttf: mp4 holds no attachments",
    ]


@pytest.mark.parametrize("kind", [Lines, Warnings])
def test_plan_goes_to_stdout(kind: Callable[[Console], Drawing], capsys: pytest.CaptureFixture[str]) -> None:
    assert "shot 1" not in told(kind, (PROBED, PLAN))
    assert capsys.readouterr().out.splitlines() == [
        "shot 1: frames 0 to 47, from 0:00:00.000, anchors 3",
        "shot 2: frames 48 to 191, from 0:00:02.002, anchors 2",
        "shots 2, anchors 5; time about 1:02:03, size about 2.0 GiB",
    ]


def test_bar_shows_shot_and_frames() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=120, markup=False, highlight=False)
    bar = Bar(console)
    progress = bar.progress
    with progress:
        for event in RUN[:7]:
            bar.show(event)
        progress.refresh()
        assert "shot 1 of 2" in out.getvalue()
        assert "48/192" in out.getvalue()
        for event in RUN[7:]:
            bar.show(event)
    assert "192 frames in 16.0 s" in out.getvalue()


def test_json_run_prints_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    draw(RUN, is_json=True, is_quiet=True)
    printed = capsys.readouterr()
    kinds = ["start", *(type(event).__name__ for event in RUN)]
    assert [json.loads(line)["event"] for line in printed.out.splitlines()] == kinds
    assert printed.err == ""


def test_run_without_terminal_is_told_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    draw(RUN, is_json=False, is_quiet=False)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == told(Lines, RUN)


def test_verbose_adds_what_was_decided() -> None:
    mixed = Shot(48, 192, dissolve=Dissolve(40, 57))
    prepared = Prepared(
        (256, 192), 16, 65, 8, 2, "libx264", "yuv420p", (("crf", "14"), ("preset", "fas\x1bter"))
    )
    events = (
        replace(PROBED, output=Path("new\x1b[2J.mkv")),
        prepared,
        ShotsFound((SHOTS[0], mixed), 14),
        SegmentDone(3, 7, 65),
        Finished(Path("a"), Path("b"), 192, 16.0, (("shots", 1.25), ("colorize", 14.0))),
    )
    LOG.setLevel(logging.DEBUG)
    try:
        text = told(Lines, events)
    finally:
        LOG.setLevel(logging.WARNING)
    for words in (
        "input    #1 audio opus (fra)",
        "output   new\\x1b[2J.mkv",
        "model    sees 256x192 px; anchors every 16 frames; windows of up to 65 frames, 8 shared; 2 threads",
        "encoder  libx264, yuv420p; crf=14 preset=fas\\x1bter",
        "shot     2: frames 48 to 191, dissolved in over frames 40 to 56",
        "segment  3 of 7: 65 frames on disk",
        "took     shots 1.2 s, colorize 14.0 s",
    ):
        assert words in text
    assert "\x1b" not in text
    assert "segment" not in told(Lines, events)


def test_a_traceback_reaches_the_terminal_without_control_signs(capsys: pytest.CaptureFixture[str]) -> None:
    set_verbose()
    try:
        raise OSError("film\x1b[2J\r.mkv")
    except OSError as error:
        say_error(InternalError(f"OSError: {error}"))
        LOG.debug("details", exc_info=error)
    finally:
        set_quiet()
        LOG.handlers = []
    text = capsys.readouterr().err
    assert "Traceback" in text
    assert "film\\x1b[2J\\r.mkv" in text
    assert not {"\x1b", "\r"} & set(text)


def test_every_stage_has_its_words() -> None:
    assert set(STAGE_TITLES) == set(get_args(Stage))
