"""Films through pipes: what comes in is known by its content, and only data goes out."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tcvc_cli.cli.main import main
from tcvc_cli.errors import EmptyFilm, NotAFilm
from tcvc_cli.media.pipes import spool
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.records import PipeFormat
from tcvc_cli.run.events import Event, Piped, Warned
from tcvc_cli.run.options.film import PIPE, Options
from tcvc_cli.run.piping import colorize_piped
from tests.material.film_facts import packets
from tests.material.media_sources import Source, make
from tests.material.present import present

FRAMES = 8
SETTINGS = ["--model-size", "64", "--device", "cpu", "--colour-parts", "recolour"]
FORMATS = {".y4m": "y4m", ".nut": "nut", ".mkv": "matroska", ".ts": "matroska"}


def film(folder: Path, suffix: str, pixel_format: str = "yuv420p") -> Path:
    """With sound, except in y4m."""
    if suffix == ".y4m":
        source = make(folder / "source.mkv", Source(codec="ffv1", pixel_format=pixel_format, frames=FRAMES))
        path = folder / "film.y4m"
        picture = read_frames(probe(source))
        kind = {"yuv420p": "420jpeg", "yuv444p": "444"}[pixel_format]
        with path.open("wb") as file:
            file.write(f"YUV4MPEG2 W64 H48 F24000:1001 Ip A1:1 C{kind}\n".encode())
            for frame in picture:
                planes = (frame.luma, frame.cb, frame.cr)
                file.write(b"FRAME\n" + b"".join(present(plane).tobytes() for plane in planes))
        return path
    return make(folder / f"film{suffix}", Source(frames=FRAMES, audio=("aac",)))


def sound_of(path: Path) -> list[bytes]:
    return [payload for _, payload in packets(path, "audio")[0]]


def piped(
    source: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, pipe_format: PipeFormat | None = None
) -> tuple[Path, list[Event]]:
    """What goes out when `source` comes in, as a file, and the events."""
    result = folder / "out"
    handle = os.open(result, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    with source.open("rb") as stream:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=stream))
        options = Options(
            PIPE,
            PIPE,
            pipe_format,
            model_size_px=64,
            color_parts="recolour",
            device="cpu",
            work_folder=folder,
        )
        events = list(colorize_piped(options, handle))
    os.close(handle)
    return result, events


@pytest.mark.parametrize("suffix", list(FORMATS))
def test_what_comes_in_goes_out_in_kind(suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = film(tmp_path, suffix)
    result, events = piped(source, tmp_path, monkeypatch)
    assert isinstance(events[-1], Piped)
    assert (events[-1].format, events[-1].frames) == (FORMATS[suffix], FRAMES)
    head = result.read_bytes()[:4]
    assert head == {"y4m": b"YUV4", "nut": b"nut/", "matroska": b"\x1a\x45\xdf\xa3"}[FORMATS[suffix]]
    after = list(read_frames(probe(result)))
    assert len(after) == FRAMES
    assert any(np.abs(present(frame.cb).astype(int) - 128).max() > 4 for frame in after)
    if suffix in (".nut", ".mkv"):
        assert sound_of(result) == sound_of(source) != []
    assert len(probe(result).streams) == (1 if suffix == ".y4m" else 2)
    assert not list(tmp_path.glob("tcvc-*"))


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p"])
def test_y4m_keeps_luma_bit_for_bit(
    pixel_format: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = film(tmp_path, ".y4m", pixel_format)
    result, _ = piped(source, tmp_path, monkeypatch)
    assert probe(result).pixel_format.name == pixel_format
    for old, new in zip(read_frames(probe(source)), read_frames(probe(result)), strict=True):
        np.testing.assert_array_equal(old.luma, new.luma)


def test_y4m_says_the_shape_of_the_samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = make(tmp_path / "film.mkv", Source(frames=4, sample_aspect=Fraction(16, 15)))
    result, _ = piped(source, tmp_path, monkeypatch, "y4m")
    assert b" A16:15 " in result.read_bytes().partition(b"\n")[0]
    assert probe(result).sample_aspect == Fraction(16, 15)


def test_what_y4m_leaves_out_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result, events = piped(film(tmp_path, ".mkv"), tmp_path, monkeypatch, "y4m")
    assert probe(result).container == "yuv4mpegpipe"
    assert [event.message for event in events if isinstance(event, Warned)] == ["y4m does not hold #1 audio"]


def test_what_is_no_film_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmptyFilm, match="nothing came"):
        spool(io.BytesIO(), tmp_path)
    for junk in (b"no film", b"\0" * 5000, b"\x47" + b"\0" * 5000, b"RIFF"):
        with pytest.raises(NotAFilm, match="y4m, nut, matroska and mpegts"):
            spool(io.BytesIO(junk), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-", "-o", "-", "--json"], "both want stdout"),
        (["-", "a.mkv", "-o", "-"], "2 inputs"),
        (["-", "a.mkv"], "stdin is one film"),
        (["-"], "no name"),
        (["a.mkv", "--format", "nut"], "--format is for -o -"),
        (["-", "-o", "-", "--format", "mp4"], "--format"),
        (["a.mkv", "-o", "-", "--dry-run"], "--dry-run sends nothing"),
    ],
)
def test_misuse(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["colorize", *arguments]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["y4m", "nut", "matroska"])
def test_a_reader_that_goes_away(kind: PipeFormat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    options = Options(
        film(tmp_path, ".mkv"),
        PIPE,
        kind,
        model_size_px=64,
        color_parts="recolour",
        device="cpu",
        work_folder=tmp_path,
    )
    with pytest.raises(BrokenPipeError):
        list(colorize_piped(options, writer))
    os.close(writer)
    assert not list(tmp_path.glob("tcvc-*"))


@pytest.mark.slow
def test_the_command_between_two_others(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tcvc_cli", "colorize", "-", "-o", "-", *SETTINGS]
    source = film(tmp_path, ".y4m")
    with source.open("rb") as stream:
        done = subprocess.run(command, stdin=stream, capture_output=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    header, _, pictures = done.stdout.partition(b"\n")
    assert header.startswith(b"YUV4MPEG2 W64 H48 F24000:1001")
    assert len(pictures) == FRAMES * (len(b"FRAME\n") + 64 * 48 * 3 // 2)
    reader, writer = os.pipe()
    os.close(reader)
    with source.open("rb") as stream:
        broken = subprocess.run(
            [*command, "-q"], stdin=stream, stdout=writer, stderr=subprocess.PIPE, check=False
        )
    os.close(writer)
    assert (broken.returncode, broken.stderr) == (1, b"")
