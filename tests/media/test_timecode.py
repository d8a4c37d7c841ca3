"""The timecode of a film: read from wherever a file has it, and moved with a part."""

from __future__ import annotations

import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest

from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.timecode.moved import move_timecodes
from tests.material.media_sources import Source, make

needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="the ffmpeg command is not there")


def made_by_ffmpeg(path: Path, *arguments: str, size: str = "160x120", rate: str = "25") -> Path:
    source = f"testsrc2=size={size}:rate={rate}:duration=0.4"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, *arguments, str(path)], check=True)
    return path


@needs_ffmpeg
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("film.mov", ("-c:v", "mpeg4", "-timecode", "01:02:03:04")),
        ("film.mp4", ("-c:v", "mpeg4", "-timecode", "01:02:03:04")),
        ("film.mkv", ("-c:v", "ffv1", "-timecode", "01:02:03:04")),
        ("film.mxf", ("-c:v", "mpeg2video", "-timecode", "01:02:03:04")),
        ("film.avi", ("-c:v", "mpeg4", "-timecode", "01:02:03:04")),
        ("film.mpg", ("-c:v", "mpeg2video", "-gop_timecode", "01:02:03:04")),
    ],
)
def test_every_place_of_a_timecode_is_read(tmp_path: Path, name: str, arguments: tuple[str, ...]) -> None:
    assert probe(made_by_ffmpeg(tmp_path / name, *arguments)).timecode == "01:02:03:04"


@needs_ffmpeg
def test_the_timecode_of_dv(tmp_path: Path) -> None:
    path = made_by_ffmpeg(
        tmp_path / "film.dv", "-pix_fmt", "yuv420p", "-timecode", "01:02:03:04", size="720x576"
    )
    assert probe(path).timecode == "01:02:03:04"


@needs_ffmpeg
@pytest.mark.parametrize(
    ("rate", "code"),
    [
        ("24000/1001", "01:00:00:00"),
        ("30000/1001", "01:00:59;20"),
        ("30000/1001", "01:00:59:20"),
        ("50", "01:00:59:49"),
        ("60000/1001", "01:00:59;56"),
        ("60", "01:00:59:59"),
    ],
)
def test_timecode_tracks_of_every_rate(tmp_path: Path, rate: str, code: str) -> None:
    path = made_by_ffmpeg(tmp_path / "film.mov", "-c:v", "mpeg4", "-timecode", code, rate=rate)
    assert probe(path).timecode == code


@pytest.mark.parametrize("code", ["about noon", "25:00:00:00", "01:02:03:99", "00:01:00;00", ""])
def test_what_is_no_timecode_of_the_film_is_none(tmp_path: Path, code: str) -> None:
    assert probe(make(tmp_path / "film.mkv", Source(frames=2, timecode=code))).timecode is None


def test_a_film_that_says_nothing_has_none(tmp_path: Path) -> None:
    assert (
        probe(make(tmp_path / "film.mpg", Source("mpeg2video", frames=3, time_base=Fraction(1, 24)))).timecode
        is None
    )


def test_every_tag_is_moved_and_nothing_else(tmp_path: Path) -> None:
    film = probe(make(tmp_path / "film.mkv", Source(frames=2, timecode="10:20:30:00")))
    every = [{"TIMECODE": "10:20:30:00", "title": "10:20:30:00"}, {"timecode": "noon"}]
    move_timecodes(film, every, 25)
    assert every == [{"TIMECODE": "10:20:31:01", "title": "10:20:30:00"}, {"timecode": "noon"}]


def test_what_only_the_pictures_say_becomes_a_tag(tmp_path: Path) -> None:
    film = probe(make(tmp_path / "film.mkv", Source(frames=2, timecode="10:20:30:00")))
    every: list[dict[str, str]] = [{}, {"language": "eng"}]
    move_timecodes(film, every, 24)
    assert every == [{"timecode": "10:20:31:00"}, {"language": "eng"}]
