"""The shape of the picture on the way out: what Matroska states, chroma siting, and crops."""

from __future__ import annotations

import shutil
import struct
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.shape.matroska_display import Display, stated_display
from tcvc_cli.media.structure.cropping import has_clean_aperture
from tcvc_cli.records import ChromaSiting, Encoding
from tests.material.field_films import ffmpeg, needs_ffmpeg, told
from tests.material.media_sources import Source, make
from tests.material.painted_films import colored

needs_mkvmerge = pytest.mark.skipif(shutil.which("mkvmerge") is None, reason="films are marked by mkvmerge")


@pytest.mark.parametrize(
    ("aspect", "display"),
    [
        (Fraction(1), Display(64, 48, 0)),
        (Fraction(16, 11), Display(64, 33, 3)),
        (Fraction(4, 3), Display(256, 144, 3)),
        (Fraction(3, 2), Display(96, 48, 0)),
    ],
)
def test_matroska_states_every_shape(tmp_path: Path, aspect: Fraction, display: Display) -> None:
    film = make(tmp_path / "film.mp4", Source(frames=2, sample_aspect=aspect))
    colored(probe(film), tmp_path / "result.mkv", preset="master")
    result = probe(tmp_path / "result.mkv")
    found = stated_display(result)
    assert found is not None
    assert Fraction(found.width, found.height) == Fraction(display.width, display.height)
    assert found.unit == (0 if aspect * 64 % 1 == 0 else 3)
    assert result.sample_aspect == aspect


@needs_ffmpeg
def test_square_pixels_are_not_called_unknown(tmp_path: Path) -> None:
    film = make(tmp_path / "film.mp4", Source(frames=2))
    colored(probe(film), tmp_path / "result.mkv", preset="master")
    assert told(tmp_path / "result.mkv", "stream=sample_aspect_ratio,display_aspect_ratio") == ["1:1,4:3"]


@needs_mkvmerge
@pytest.mark.parametrize("words", [("--display-dimensions", "0:200x90"), ("--aspect-ratio", "0:2.35")])
def test_a_display_size_is_kept_word_for_word(tmp_path: Path, words: tuple[str, str]) -> None:
    plain, film, output = (tmp_path / name for name in ("plain.mkv", "film.mkv", "result.mkv"))
    make(plain, Source(width=128, frames=2))
    command = ["mkvmerge", "-q", "-o", str(film), *words, str(plain)]
    subprocess.run(command, check=True, timeout=60)
    colored(probe(film), output)
    assert stated_display(probe(output)) == stated_display(probe(film))
    assert probe(output).sample_aspect == probe(film).sample_aspect


@needs_ffmpeg
@pytest.mark.parametrize("siting", ["left", "center", "topleft"])
@pytest.mark.parametrize(
    ("name", "preset"), [("result.mkv", "master"), ("result.mkv", "access"), ("result.mp4", "access")]
)
def test_chroma_siting_is_kept(tmp_path: Path, siting: ChromaSiting, name: str, preset: str) -> None:
    coded, film, output = tmp_path / "coded.mp4", tmp_path / "film.mp4", tmp_path / name
    make(coded, Source(frames=2))
    ffmpeg("-i", coded, "-c:v", "libx264", "-chroma_sample_location", siting, film)
    assert probe(film).siting == siting
    carried, _ = colored(probe(film), output, preset=preset)
    assert told(output, "stream=chroma_location") == [siting]
    assert probe(output).siting == siting
    assert not any("siting" in loss for row in carried for loss in row.lost)


def test_siting_that_a_result_cannot_say_is_named(tmp_path: Path) -> None:
    """Matroska has it, and MP4 leaves it to the codec: MPEG-4 part 2 has no word for it."""
    film = replace(probe(make(tmp_path / "film.mkv", Source(frames=2))), siting="topleft")
    carried, _ = colored(film, tmp_path / "result.mp4", preset=Encoding(encoder="mpeg4"))
    assert "chroma siting topleft" in carried[0].lost
    carried, _ = colored(film, tmp_path / "result.mkv", preset=Encoding(encoder="mpeg4"))
    assert "chroma siting topleft" not in carried[0].lost


@needs_ffmpeg
def test_a_crop_at_the_left_counts_to_the_column(tmp_path: Path) -> None:
    """FFmpeg's decoders leave columns in for the sake of speed unless they are told not to."""
    coded, film = tmp_path / "coded.mp4", tmp_path / "film.mp4"
    make(coded, Source(frames=2, width=160, height=128))
    ffmpeg("-i", coded, "-c", "copy", "-bsf:v", "h264_metadata=crop_left=8:crop_right=8", film)
    assert probe(film).size_px == (144, 128)
    whole, cut = (next(read_frames(probe(path))) for path in (coded, film))
    assert cut.luma.shape == (128, 144)
    assert (cut.luma == whole.luma[:, 8:152]).all()


@pytest.mark.parametrize(("width", "offset", "is_stated"), [(64, 0, False), (60, 0, True), (64, 2, True)])
def test_an_aperture_that_is_all_of_the_picture_is_none(
    tmp_path: Path, width: int, offset: int, *, is_stated: bool
) -> None:
    path = tmp_path / "film.mov"
    payload = struct.pack(">8i", width, 1, 48, 1, offset, 1, 0, 1)
    box = (40).to_bytes(4, "big") + b"clap" + payload
    head = (16).to_bytes(4, "big") + b"ftypqt  " + bytes(4)
    path.write_bytes(head + (48).to_bytes(4, "big") + b"moov" + box)
    film = replace(probe(make(tmp_path / "plain.mov", Source(frames=1))), path=path)
    assert has_clean_aperture(film) is is_stated
