"""What a decoder can change in mid-stream: refused before the work, or named, and seen by `verify`."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, TypedDict, Unpack

import pytest

from tcvc_cli.cli.arguments import with_flags
from tcvc_cli.errors import ChangingFilm, DamagedFilm, StreamNotCarried
from tcvc_cli.measure.proof.compare import Proof, compare
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.run.events import StageStarted, StreamsCarried, Warned
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.provenance.sidecar import RequestedPart
from tcvc_cli.run.provenance.verify import verify_result
from tests.material.changing_films import FRAMES, PLAIN, captioned, changing, damaged, dynamic_hdr, joined
from tests.material.media_sources import RATE, make

CHANGE_S = FRAMES / Fraction(25)  # libav takes elementary streams without a rate for 25 frames a second


class Wishes(TypedDict, total=False):
    """What these tests choose of the options."""

    start_s: Fraction
    end_s: Fraction
    shots_file: Path
    is_strict: bool


def options(film: Path, output: Path, **more: Unpack[Wishes]) -> Options:
    return Options(film, output, preset="master", model_size_px=64, color_parts="recolour", **more)


def run(film: Path, output: Path, **more: Unpack[Wishes]) -> list[Any]:
    return list(colorize(options(film, output, **more)))


def rows(proof: Proof) -> dict[str, tuple[str, str]]:
    return {check.subject: (check.verdict, check.words) for check in proof.checks}


def warnings(events: Sequence[Any]) -> list[str]:
    return [event.message for event in events if isinstance(event, Warned)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"width": 80, "height": 64}, "size from 64x48 to 80x64"),
        ({"pixel_format": "yuv420p10le"}, "pixel format from yuv420p to yuv420p10le"),
        ({"pixel_format": "yuv422p"}, "pixel format from yuv420p to yuv422p"),
        ({"is_full_range": True}, "range from limited to full"),
    ],
)
def test_what_no_result_can_hold_is_refused_before_the_work(
    tmp_path: Path, changes: dict[str, int] | dict[str, str] | dict[str, bool], words: str
) -> None:
    film, output = changing(tmp_path / "film.h264", **changes), tmp_path / "r.mkv"
    stages = []
    with pytest.raises(ChangingFilm, match=f"changes its {words} at frame {FRAMES}") as caught:
        stages += [
            event.stage for event in colorize(options(film, output)) if isinstance(event, StageStarted)
        ]
    assert stages == []
    assert caught.value.exit_code == 3
    assert "--end 0.2" in with_flags(caught.value.advice)
    assert not list(tmp_path.glob("r.mkv*"))


def dropped(proof: Proof) -> set[str]:
    """All that does not hold. These films are in colour, and are coloured anew."""
    return {check.subject for check in proof.checks if check.verdict != "holds"}


def asked(part: Wishes) -> RequestedPart:
    """The part that a run was given, for the proof."""
    return RequestedPart(part.get("start_s"), part.get("end_s"))


@pytest.mark.parametrize("changes", [{"width": 80, "height": 64}, {"pixel_format": "yuv420p10le"}])
def test_each_part_of_a_film_that_changes_can_be_coloured(
    tmp_path: Path, changes: dict[str, int] | dict[str, str]
) -> None:
    film = changing(tmp_path / "film.h264", **changes)
    times = [frame.time.seconds for frame in read_frames(probe(film))]
    middle = times[FRAMES] - times[0]
    parts = {"first.mkv": Wishes(end_s=middle), "second.mkv": Wishes(start_s=middle)}
    for (name, part), source in zip(parts.items(), (PLAIN, replace(PLAIN, **changes)), strict=True):
        run(film, tmp_path / name, **part)
        result = probe(tmp_path / name)
        assert result.size_px == (source.width, source.height)
        assert result.pixel_format.name == source.pixel_format
        proof = verify_result(film, tmp_path / name, part=asked(part))
        assert proof.holds
        assert proof.luma.is_equal
        assert proof.luma.original_frames == FRAMES


@pytest.mark.parametrize(
    ("name", "codec", "changes", "words"),
    [
        ("film.h264", "libx264", {"sample_aspect": Fraction(16, 15)}, "sample aspect 16:15"),
        ("film.m2v", "mpeg2video", {"sample_aspect": Fraction(4, 3)}, "sample aspect 4:3"),
        ("film.h264", "libx264", {"matrix": 5}, "matrix 5"),
    ],
)
def test_what_the_container_says_once_is_named(
    tmp_path: Path, name: str, codec: str, changes: dict[str, Fraction] | dict[str, int], words: str
) -> None:
    first = replace(PLAIN, codec=codec, options={}, matrix=1)
    film, output = joined(tmp_path / name, first, replace(first, **changes)), tmp_path / "r.mkv"
    lost = f"{words} of {FRAMES} frames, the first is frame {FRAMES}"
    events = run(film, output)
    assert any(words.rpartition(" ")[2] in one and f"frame {FRAMES}" in one for one in warnings(events))
    (told,) = [event for event in events if isinstance(event, StreamsCarried)]
    assert any(one.startswith(lost) for one in told.carried[0].lost)
    assert any(lost in one for one in json.loads(events[-1].sidecar.read_text())["carried"][0]["lost"])
    verdict, found = rows(verify_result(film, output))["changes in mid-stream"]
    assert verdict == "dropped"
    assert lost in found
    assert rows(compare(film, output))["changes in mid-stream"][0] == "fails"  # nobody accounts for it
    with pytest.raises(StreamNotCarried, match=words):
        run(film, tmp_path / "strict.mkv", is_strict=True)
    assert not list(tmp_path.glob("strict*"))


def test_only_the_part_that_is_coloured_counts(tmp_path: Path) -> None:
    film = changing(tmp_path / "film.h264", sample_aspect=Fraction(16, 15))
    times = [frame.time.seconds for frame in read_frames(probe(film))]
    middle = times[FRAMES] - times[0]
    for name, part, aspect in (
        ("first.mkv", Wishes(end_s=middle, is_strict=True), Fraction(1)),
        ("second.mkv", Wishes(start_s=middle, is_strict=True), Fraction(16, 15)),
    ):
        events = run(film, tmp_path / name, **part)
        assert warnings(events) == []
        assert probe(tmp_path / name).sample_aspect == aspect
        assert dropped(verify_result(film, tmp_path / name, part=asked(part))) <= {"colours of the film"}


def test_an_edited_shot_list_does_not_blind_it(tmp_path: Path) -> None:
    film = changing(tmp_path / "film.h264", width=80)
    shots = tmp_path / "shots.csv"
    shots.write_text(f"start_frame,stop_frame\n0,{2 * FRAMES}\n")
    with pytest.raises(ChangingFilm, match="size"):
        run(film, tmp_path / "r.mkv", shots_file=shots)


@pytest.mark.parametrize("first", [0, 3])
def test_captions_are_named_whenever_they_begin(tmp_path: Path, first: int) -> None:
    film, output = captioned(tmp_path / "film.h264", first), tmp_path / "r.mkv"
    (told,) = [event for event in run(film, output) if isinstance(event, StreamsCarried)]
    name = "closed captions inside the picture"
    assert name in told.carried[0].lost
    assert rows(verify_result(film, output))["side data"] == (
        "dropped",
        f"as the sidecar says: {name} is lost",
    )
    assert rows(compare(film, output))["side data"] == ("fails", f"{name} is lost")
    with pytest.raises(StreamNotCarried, match="captions"):
        run(film, tmp_path / "strict.mkv", is_strict=True)


@pytest.mark.parametrize("first", [0, 3])
@pytest.mark.parametrize("kind", ["HDR10+", "Dolby Vision"])
def test_dynamic_hdr_counts_for_strict_and_for_verify_alike(tmp_path: Path, kind: str, first: int) -> None:
    film, output = dynamic_hdr(tmp_path / "film.hevc", first, kind), tmp_path / "r.mkv"
    (reported,) = [event for event in run(film, output) if isinstance(event, StreamsCarried)]
    assert kind in reported.carried[0].lost
    assert rows(verify_result(film, output))["side data"] == (
        "dropped",
        f"as the sidecar says: {kind} is lost",
    )
    assert rows(compare(film, output))["side data"] == ("fails", f"{kind} is lost")
    with pytest.raises(StreamNotCarried, match=re.escape(kind)):
        run(film, tmp_path / "strict.mkv", is_strict=True)


def test_captions_outside_the_part_are_not_missed(tmp_path: Path) -> None:
    film = captioned(tmp_path / "film.h264", 3)
    times = [frame.time.seconds for frame in read_frames(probe(film))]
    part = Wishes(end_s=times[3] - times[0])
    events = run(film, tmp_path / "r.mkv", **part)
    (told,) = [event for event in events if isinstance(event, StreamsCarried)]
    assert told.carried[0].lost == ()
    assert dropped(verify_result(film, tmp_path / "r.mkv", part=asked(part))) <= {"colours of the film"}


def test_concealed_damage_is_told_with_its_place(tmp_path: Path) -> None:
    film, output = damaged(tmp_path / "film.mp4", (10, 11, 12)), tmp_path / "r.mkv"
    at_s = float(10 / RATE)
    (said,) = warnings(run(film, output))
    assert "3 frames are damaged" in said
    assert f"frames 10 to 12 ({at_s:.3f} s)" in said
    verdict, words = rows(verify_result(film, output))["whole pictures"]
    assert verdict == "holds"
    assert words == f"of the original, {said}"
    with pytest.raises(DamagedFilm, match="frames 10 to 12") as caught:
        run(film, tmp_path / "strict.mkv", is_strict=True)
    assert caught.value.exit_code == 3
    run(film, tmp_path / "strict.mkv", is_strict=True, end_s=Fraction(9) / RATE)


def test_a_damaged_result_is_found(tmp_path: Path) -> None:
    whole = make(tmp_path / "whole.mp4", replace(PLAIN, frames=24, width=320, height=240))
    assert rows(compare(whole, whole))["whole pictures"] == ("holds", "every frame")
    broken = damaged(tmp_path / "broken.mp4", (10,))
    verdict, words = rows(compare(whole, broken))["whole pictures"]
    assert verdict == "fails"
    assert words.startswith("of the result, 1 frame is damaged")


def test_what_was_said_before_a_run_was_stopped_is_said_again(tmp_path: Path) -> None:
    film, output = changing(tmp_path / "film.h264", sample_aspect=Fraction(16, 15)), tmp_path / "r.mkv"
    events = colorize(options(film, output))
    for event in events:
        if isinstance(event, Warned):
            first = event.message
        if isinstance(event, StageStarted) and event.stage == "remux":
            events.close()
            break
    resumed = run(film, output)
    assert not any(isinstance(event, StageStarted) and event.stage == "shots" for event in resumed)
    assert warnings(resumed) == [first]
    (told,) = [event for event in resumed if isinstance(event, StreamsCarried)]
    assert any("16:15" in one for one in told.carried[0].lost)
