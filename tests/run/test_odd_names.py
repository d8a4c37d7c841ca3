"""Names and titles that nobody would give a film: what is written of them is well-formed."""

from __future__ import annotations

import json
import os
import struct
import sys
import zlib
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import av
import pytest

from tcvc_cli.cli.main import main
from tcvc_cli.errors import FrameTooLarge, InputError
from tcvc_cli.media.read import probe as probing
from tcvc_cli.media.read.probe import probe
from tests.material.media_sources import Source, make

SMALL = ("--model-size", "64", "--device", "cpu", "--model", "tcvc-mini", "-q")
ODD = (b"a\x01\x1b[31m]]>&<'\"\xff" + "\ufffe\uffff\u202e\n".encode()).decode("utf-8", "surrogateescape")


@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes")
def test_every_record_of_an_odd_name_is_well_formed(tmp_path: Path) -> None:
    film = tmp_path / f"{ODD}.mkv"
    os.rename(make(tmp_path / "film.mkv", Source(frames=2)), film)
    result, report = tmp_path / f"out{ODD}.mkv", tmp_path / "report.json"
    assert main(["colorize", str(film), "-o", str(result), "--premis", "--proof", *SMALL]) == 0
    root = ElementTree.parse(tmp_path / f"{result.name}.premis.xml").getroot()
    names = [one.text or "" for one in root.iter() if one.tag.endswith("originalName")]
    assert len(names) == 2
    assert r"\x01\x1b[31m]]>&<'" in names[0]
    assert r"\udcff\ufffe\uffff" in names[0]
    for suffix in (".json", ".proof.json"):
        json.loads(Path(f"{result}{suffix}").read_bytes().decode("ascii"))
    assert main(["batch", str(film), "-o", str(tmp_path / "out"), "--report", str(report), *SMALL]) == 0
    assert json.loads(report.read_bytes())["counts"] == {"done": 1}


@pytest.mark.parametrize("title", ["x" + " " * 40, " " * 104, "x" + " " * 300, "a=b;c\\#\nd\x01"])
def test_titles_that_look_like_a_reserved_place(title: str, tmp_path: Path) -> None:
    """Of the sound, while the shape of the pixels makes the picture's entry be written anew."""
    plain = make(tmp_path / "plain.mkv", Source(frames=2, audio=("aac",), sample_aspect=Fraction(16, 15)))
    film = tmp_path / "film.mkv"
    with av.open(plain) as source, av.open(film, "w") as out:
        copies = {one.index: out.add_stream_from_template(one) for one in source.streams}
        for copy in copies.values():
            copy.metadata["title"] = title
        for packet in source.demux():
            if packet.size:
                packet.stream = copies[packet.stream.index]
                out.mux(packet)
    assert main(["colorize", str(film), "-o", str(tmp_path / "out.mkv"), *SMALL]) == 0
    with av.open(tmp_path / "out.mkv") as result:
        assert [one.metadata.get("title") for one in result.streams] == [title, title]


def test_a_frame_has_a_largest_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the header says it, or the pictures inside alone do."""
    film = make(tmp_path / "film.mkv", Source(frames=2))
    monkeypatch.setattr(probing, "MOST_PIXELS", 64 * 48 - 1)
    with pytest.raises(FrameTooLarge, match="64x48"):
        probe(film)
    monkeypatch.setattr(probing, "refuse_large", lambda *_: None)
    with pytest.raises(InputError):
        probe(film)


def test_a_picture_of_which_ffmpeg_says_no_size_is_called_too_large(tmp_path: Path) -> None:
    """Of a picture of more pixels than FFmpeg's own limit."""
    head = b"IHDR" + struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0)
    rows = b"IDAT" + zlib.compress(bytes(30_000 // 8 + 1) * 4)
    parts = (
        struct.pack(">I", len(one) - 4) + one + struct.pack(">I", zlib.crc32(one)) for one in (head, rows)
    )
    scan = tmp_path / "scan.png"
    scan.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    with pytest.raises(FrameTooLarge, match="30000x30000"):
        probe(scan)
