"""A part of a film by its timecode, and what the result of a part says."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import av
import pytest

from tcvc_cli.cli.main import main
from tcvc_cli.errors import UsageError
from tcvc_cli.measure.proof.compare import Terms, compare
from tcvc_cli.media.read.probe import probe
from tcvc_cli.plan.timecode import Timecode
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.options.timecodes import placed
from tcvc_cli.run.options.values import film_moment
from tests.material.media_sources import Source, make

SMALL = ("--model", "tcvc-mini", "--device", "cpu", "--model-size", "64", "--colour-parts", "recolour", "-q")


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return make(tmp_path / "film.mov", Source("mpeg4", frames=48, timecode="10:20:30:00"))


def test_times_and_timecodes_are_told_apart() -> None:
    assert film_moment("00:01:02.500") == Fraction(125, 2)
    assert film_moment("01:02:03:04") == Timecode(1, 2, 3, 4)
    assert film_moment("01:02:03;04") == Timecode(1, 2, 3, 4, is_drop=True)


@pytest.mark.parametrize("suffix", ["mkv", "mov", "mp4"])
def test_the_result_of_a_part_has_the_timecode_of_its_first_frame(film: Path, suffix: str) -> None:
    result = film.with_name(f"part.{suffix}")
    part = ("--start", "10:20:30:20", "--end", "10:20:31:06")
    assert main(["colorize", str(film), "-o", str(result), *part, "--proof", *SMALL]) == 0
    made = probe(result)
    assert (made.timecode, made.frame_count) == ("10:20:30:20", 10)


def test_a_part_by_seconds_moves_the_timecode_too(film: Path) -> None:
    result = film.with_name("part.mkv")
    assert main(["colorize", str(film), "-o", str(result), "--start", "1.001", "--proof", *SMALL]) == 0
    assert probe(result).timecode == "10:20:31:00"


def test_without_timecode_it_is_counted_from_the_first_frame(tmp_path: Path) -> None:
    film = probe(make(tmp_path / "film.mkv", Source(frames=48)))
    options = placed(Options(film.path, start_s=Timecode(0, 0, 1, 0)), film)
    assert isinstance(options.start_s, Fraction)
    assert 23 / film.frame_rate < options.start_s <= 24 / film.frame_rate


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--start", "10:20:29:23"), "its timecode goes from 10:20:30:00 to 10:20:31:23"),
        (("--start", "10:20:32:00"), "its timecode goes from 10:20:30:00 to 10:20:31:23"),
        (("--end", "10:20:32:01"), "--end 10:20:32:01 lies outside of film.mov"),
        (("--end", "10:20:30:00"), "--end 10:20:30:00 lies outside of film.mov"),
        (("--start", "10:20:30:24"), "has frame 24, and a second has 24"),
        (
            ("--start", "10:20:30;00"),
            "--start: 24 frames a second have no drop frame|is drop frame, and the film",
        ),
        (("--start", "10:20:31:00", "--end", "10:20:30:12"), "--end is not after --start"),
    ],
)
def test_what_the_film_does_not_have(
    film: Path, arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["shots", str(film), *arguments]) == 2
    said = capsys.readouterr().err
    assert any(words in said for words in message.split("|"))
    assert said.count("\n") == 1


def test_a_dropped_number_says_so(tmp_path: Path) -> None:
    film = probe(make(tmp_path / "film.mkv", Source(frames=2)))
    uneven = film.__class__(
        **{name: getattr(film, name) for name in film.__slots__} | {"frame_rate": Fraction(30000, 1001)}
    )
    with pytest.raises(UsageError, match="00:01:00;00 does not exist: drop frame leaves this number out"):
        placed(Options(film.path, start_s=Timecode(0, 1, 0, 0, is_drop=True)), uneven)


@pytest.mark.parametrize("name", ["part.edl", "part.csv", "part.otio"])
def test_the_shots_of_a_part_go_into_a_file_and_back(film: Path, name: str) -> None:
    if name.endswith("otio"):
        pytest.importorskip("opentimelineio")
    part, listed = ("--start", "10:20:30:20", "--end", "10:20:31:06"), film.with_name(name)
    assert main(["shots", str(film), *part, "-o", str(listed)]) == 0
    assert main(["shots", str(film), *part, "-o", str(listed)]) == 4
    assert main(["shots", str(film), *part, "-o", str(listed), "-y"]) == 0
    result = film.with_name("part.mkv")
    assert main(["colorize", str(film), "-o", str(result), *part, "--shots", str(listed), *SMALL]) == 0
    assert probe(result).frame_count == 10


def test_the_proof_sees_a_timecode_that_stayed_behind(film: Path) -> None:
    result, wrong = film.with_name("part.mkv"), film.with_name("wrong.mkv")
    assert main(["colorize", str(film), "-o", str(result), "--start", "10:20:31:00", *SMALL]) == 0
    terms = Terms(start_s=Fraction(1001, 1000))
    assert compare(film, result, terms).holds
    with av.open(str(result)) as source, av.open(str(wrong), "w") as copied:
        video = copied.add_stream_from_template(source.streams.video[0], opaque=True)
        video.metadata["timecode"] = "10:20:30:00"
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = video
                copied.mux_one(packet)
    failed = [check.words for check in compare(film, wrong, terms).checks if check.verdict == "fails"]
    assert any("10:20:31:00" in words for words in failed)


def test_a_timeline_without_its_package(
    film: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "opentimelineio", None)
    assert main(["shots", str(film), "-o", str(film.with_name("shots.otio"))]) == 2
    assert "Install it: pip install opentimelineio." in capsys.readouterr().err
    assert not film.with_name("shots.otio").exists()


def test_a_short_film_with_reordered_pictures_has_its_rate(tmp_path: Path) -> None:
    film = make(tmp_path / "film.mov", Source("mpeg4", frames=48, timecode="10:20:30:00"))
    result = film.with_name("short.mov")
    assert main(["colorize", str(film), "-o", str(result), "--end", "1.5", *SMALL]) == 0
    assert probe(result).frame_rate == probe(film).frame_rate == Fraction(24000, 1001)
