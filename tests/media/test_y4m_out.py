"""What a y4m header says of shape, fields and chroma siting, in and out."""

from __future__ import annotations

import io
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from tcvc_cli.media.pipes import send
from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.shape.y4m import WithShape
from tcvc_cli.records import ChromaSiting, Fields, PipeFormat
from tests.material.field_films import needs_ffmpeg, orders, told
from tests.material.media_sources import Source, make
from tests.material.painted_films import colored

FRAME = b"FRAME\n" + bytes(range(256)) * 18  # 64x48, 4:2:0


def y4m(path: Path, words: str) -> Path:
    path.write_bytes(f"YUV4MPEG2 W64 H48 F25:1 {words}\n".encode() + FRAME * 2)
    return path


def sent(film: Path, folder: Path, kind: PipeFormat, preset: str = "master") -> tuple[Path, tuple[str, ...]]:
    """`film`, with painted chroma, as it goes out through a pipe; and what is left out."""
    result, out = folder / "result.mkv", folder / f"out.{kind}"
    colored(probe(film), result, preset=preset)
    with out.open("wb") as file:
        return out, send(result, probe(film), file.fileno(), kind)


def header(path: Path) -> list[bytes]:
    return path.read_bytes().partition(b"\n")[0].split(b" ")


@pytest.mark.parametrize(
    ("words", "fields", "aspect", "siting"),
    [
        ("Ip A1:1 C420mpeg2 XYSCSS=420MPEG2", "none", Fraction(1), "left"),
        ("It A16:11 C420paldv XYSCSS=420PALDV", "top", Fraction(16, 11), "topleft"),
        ("Ib A59:54 C420jpeg XYSCSS=420JPEG", "bottom", Fraction(59, 54), "center"),
    ],
)
def test_what_comes_in_goes_out(
    tmp_path: Path, words: str, fields: Fields, aspect: Fraction, siting: ChromaSiting
) -> None:
    film = y4m(tmp_path / "film.y4m", words)
    seen = probe(film)
    assert (seen.fields, seen.sample_aspect, seen.siting) == (fields, aspect, siting)
    out, left_out = sent(film, tmp_path, "y4m")
    assert set(words.encode().split(b" ")) <= set(header(out))
    assert left_out == ()
    assert out.read_bytes().count(b"FRAME\n") == 2


@pytest.mark.parametrize(
    ("words", "siting"),
    [
        ("", "center"),
        ("C420", "center"),
        ("C422", "unspecified"),
        ("C444", "unspecified"),
        ("Cmono", "unspecified"),
    ],
)
def test_siting_of_other_headers(tmp_path: Path, words: str, siting: ChromaSiting) -> None:
    assert probe(y4m(tmp_path / "film.y4m", words)).siting == siting


def test_chroma_that_was_added_stands_on_the_left(tmp_path: Path) -> None:
    """That is where it is computed; FFmpeg would call it that of JPEG."""
    film = make(tmp_path / "film.mkv", Source(codec="ffv1", pixel_format="gray", frames=2))
    out, _ = sent(film, tmp_path, "y4m")
    assert b"C420mpeg2" in header(out)


def test_deep_y4m_has_no_word_for_siting_and_that_is_said(tmp_path: Path) -> None:
    film = replace(
        probe(make(tmp_path / "film.mkv", Source(codec="ffv1", pixel_format="yuv420p10le", frames=2))),
        siting="topleft",
    )
    colored(film, tmp_path / "result.mkv", preset="master")
    with (tmp_path / "out.y4m").open("wb") as file:
        left_out = send(tmp_path / "result.mkv", film, file.fileno(), "y4m")
    assert left_out == ("chroma siting topleft",)


def test_only_the_header_is_rewritten(tmp_path: Path) -> None:
    film = replace(probe(y4m(tmp_path / "film.y4m", "It A4:3 C420mpeg2")), fields="top")
    file = io.BytesIO()
    made = WithShape(file, film)
    for piece in (b"YUV4MPEG2 W64 H48 Ip A0:0 C420jpeg\nFRAME\n Ip A0:0 ", b"\nIp A0:0 C420jpeg\n"):
        assert made.write(piece) == len(piece)
    kept = b"\nFRAME\n Ip A0:0 \nIp A0:0 C420jpeg\n"
    assert file.getvalue() == b"YUV4MPEG2 W64 H48 It A4:3 C420mpeg2" + kept


@needs_ffmpeg
@pytest.mark.parametrize("preset", ["master", "access"])
def test_nut_says_fields_and_aspect_and_siting_or_that_it_cannot(tmp_path: Path, preset: str) -> None:
    film = y4m(tmp_path / "film.y4m", "Ib A59:54 C420paldv")
    out, left_out = sent(film, tmp_path, "nut", preset)
    assert orders(out) == "BB"
    assert told(out, "frame=sample_aspect_ratio") == ["59:54"] * 2
    if preset == "master":
        assert left_out == ("chroma siting topleft",)
    else:
        assert (told(out, "stream=chroma_location"), left_out) == (["topleft"], ())


@needs_ffmpeg
def test_ffprobe_reads_the_same(tmp_path: Path) -> None:
    film = y4m(tmp_path / "film.y4m", "It A16:11 C420paldv")
    out, _ = sent(film, tmp_path, "y4m")
    said = told(out, "stream=sample_aspect_ratio,chroma_location,field_order")
    assert said == told(film, "stream=sample_aspect_ratio,chroma_location,field_order") != []
    planes = ["-vf", "extractplanes=y", "-f", "rawvideo", "-"]
    read = [
        subprocess.run(["ffmpeg", "-v", "error", "-i", path, *planes], capture_output=True, timeout=60).stdout
        for path in (film, out)
    ]
    assert read[0] == read[1] != b""
