"""framemd5 as FFmpeg writes it, beside what the ffmpeg on this machine says."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tcvc_cli.cli.main import main
from tcvc_cli.media.ffmpeg_command import is_installed
from tcvc_cli.media.inspect.framemd5 import write_framemd5
from tests.material.media_sources import Source, make

SOURCE = Source(frames=12, audio=("aac", "flac"), has_subtitle=True)
MAP = ["-map", "0:v:0", "-map", "0:a?", "-map", "0:s?", "-c:a", "copy", "-c:s", "copy"]


def facts(lines: list[str]) -> tuple[list[str], list[tuple[str, ...]]]:
    """Header lines but those of version and aspect; stream, dts, pts, size and hash of each row, sorted."""
    head = sorted(
        line for line in lines if line.startswith("#") and not line.startswith(("#software", "#sar"))
    )
    rows = ([cell.strip() for cell in line.split(",")] for line in lines if not line.startswith("#"))
    return head, sorted((row[0], *row[1:3], *row[4:6]) for row in rows)


@pytest.mark.skipif(not is_installed(), reason="no ffmpeg on this machine")
@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("film.mkv", {}),
        ("film.mp4", {}),
        ("film.mkv", {"codec": "ffv1", "pixel_format": "yuv422p10le"}),
        ("film.mkv", {"codec": "ffv1", "pixel_format": "gray16le", "pts": (0, 1, 4, 9, *range(12, 20))}),
    ],
)
def test_it_is_what_ffmpeg_writes(
    tmp_path: Path, name: str, changes: dict[str, str] | dict[str, str | tuple[int, ...]]
) -> None:
    film = make(tmp_path / name, replace(SOURCE, **changes))
    ours, theirs = tmp_path / "ours.framemd5", tmp_path / "theirs.framemd5"
    write_framemd5(film, ours)
    how = ["-fps_mode", "passthrough", "-enc_time_base", "-1", "-f", "framemd5"]
    command = ["ffmpeg", "-v", "error", "-nostdin", "-copyts", "-i", str(film), *MAP, *how, str(theirs)]
    subprocess.run(command, check=True, timeout=60)
    found, wanted = (facts(path.read_text().splitlines()) for path in (ours, theirs))
    assert len(found[1]) > 12 + 2
    assert found == wanted


def test_the_command_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film = make(tmp_path / "film.mkv", SOURCE)
    alone, beside = tmp_path / "alone.framemd5", tmp_path / "beside.framemd5"
    assert main(["verify", str(film), "--framemd5", str(alone)]) == 0
    assert capsys.readouterr().out == ""
    assert main(["verify", str(film), str(film), "--framemd5", str(beside)]) == 0
    assert "luma" in capsys.readouterr().out
    assert alone.read_text() == beside.read_text()
    assert main(["verify", str(film), "--framemd5", str(film)]) == 4
    assert main(["verify", str(film)]) == 2
    assert sorted(path.name for path in tmp_path.glob("*.framemd5")) == ["alone.framemd5", "beside.framemd5"]
