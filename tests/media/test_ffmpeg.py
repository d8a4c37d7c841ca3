"""Another FFmpeg than PyAV's agrees that nothing was lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tcvc_cli.errors import MediaError
from tcvc_cli.media import ffmpeg_command
from tcvc_cli.media.ffmpeg_command import frame_hashes, is_installed, stream_hashes
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tests.material.media_sources import Source, make
from tests.material.painted_films import colored, joined, painted

needs_ffmpeg = pytest.mark.skipif(not is_installed(), reason="no ffmpeg on the PATH")


@needs_ffmpeg
@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_carried_streams_hash_the_same(tmp_path: Path, suffix: str) -> None:
    path = make(tmp_path / f"film.{suffix}", Source(audio=("aac", "aac"), has_subtitle=True))
    colored(probe(path), tmp_path / f"result.{suffix}", cuts=[5])
    before, after = stream_hashes(path), stream_hashes(tmp_path / f"result.{suffix}")
    assert before.keys() == after.keys() == {0, 1, 2, 3}
    assert [before[index] == after[index] for index in range(4)] == [False, True, True, True]


@needs_ffmpeg
@pytest.mark.parametrize("name", ["yuv420p", "yuv422p10le", "gray16le"])
def test_the_luma_of_a_master_hashes_the_same(tmp_path: Path, name: str) -> None:
    film = probe(make(tmp_path / "film.mkv", Source(codec="ffv1", pixel_format=name, frames=5)))
    frames = [painted(frame, film, "master") for frame in read_frames(film)]
    joined(film, frames, "master", tmp_path / "result.mkv", cuts=[2])
    before = frame_hashes(film.path, is_luma_only=True)
    assert len(set(before)) == 5
    assert frame_hashes(tmp_path / "result.mkv", is_luma_only=True) == before
    assert frame_hashes(tmp_path / "result.mkv") != before


@needs_ffmpeg
def test_other_frames_hash_otherwise(tmp_path: Path) -> None:
    source = Source(codec="ffv1", frames=2)
    one, other = make(tmp_path / "one.mkv", source), make(tmp_path / "other.mkv", replace(source, width=66))
    assert frame_hashes(one) != frame_hashes(other)


@needs_ffmpeg
def test_what_ffmpeg_cannot_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "film.mkv").write_bytes(b"nothing")
    with pytest.raises(MediaError, match=r"film\.mkv"):
        stream_hashes(tmp_path / "film.mkv")


def test_without_ffmpeg_the_error_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not ffmpeg_command.is_installed()
    with pytest.raises(MediaError, match="no ffmpeg"):
        stream_hashes(tmp_path / "film.mkv")
