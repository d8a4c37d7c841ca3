"""What films and photographs hold that no result has a place for: named, refused with --strict, found by
`verify`; and what was thought to have none, and is carried."""

from __future__ import annotations

import shutil
import struct
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from tcvc_cli.errors import StreamNotCarried
from tcvc_cli.measure.proof.compare import Proof, compare
from tcvc_cli.media.carry.photograph_extras import page_count, photograph_extras
from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.structure.matroska_tracks import languages
from tcvc_cli.media.xmp.facts import keeps
from tcvc_cli.media.xmp.places import xmp_of
from tcvc_cli.run.events import StageStarted, StreamsCarried
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.provenance.verify import verify_result
from tests.material.media_sources import Source, make

SMALL = Source(codec="mpeg4", frames=3, time_base=Fraction(1, 24))
needs_mkvmerge = pytest.mark.skipif(
    shutil.which("mkvmerge") is None, reason="languages after BCP 47 are written by mkvmerge"
)


def options(film: Path, output: Path, **more: Any) -> Options:
    return Options(input=film, output=output, model_size_px=64, color_parts="recolour", **more)


def lost(film: Path, output: Path, **more: Any) -> dict[int, tuple[str, ...]]:
    events = list(colorize(options(film, output, **more)))
    (told,) = [event for event in events if isinstance(event, StreamsCarried)]
    return {row.stream.index: row.lost for row in told.carried}


def verdicts(proof: Proof, subject: str) -> tuple[str, str]:
    (check,) = [check for check in proof.checks if check.subject == subject]
    return check.verdict, check.words


def transparent_film(path: Path, opacity: int) -> Path:
    """Three frames; the last one is as opaque as this in one corner."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("png", rate=24)
        video.width, video.height, video.pix_fmt = 64, 48, "rgba"
        for number in range(3):
            rgba = np.full((48, 64, 4), 90 + number, np.uint8)
            rgba[..., 3] = 255
            rgba[:8, :8, 3] = opacity if number == 2 else 255
            container.mux(video.encode(av.VideoFrame.from_ndarray(rgba, "rgba")))
        container.mux(video.encode(None))
    return path


def test_transparency_is_named_where_there_is_any(tmp_path: Path) -> None:
    film, opaque = (transparent_film(tmp_path / f"{alpha}.mov", alpha) for alpha in (128, 255))
    assert lost(film, tmp_path / "r.mkv") == {0: ("alpha channel",)}
    assert verdicts(verify_result(film, tmp_path / "r.mkv"), "side data")[0] == "dropped"
    assert verdicts(compare(film, tmp_path / "r.mkv"), "side data")[0] == "fails"
    with pytest.raises(StreamNotCarried, match="alpha"):
        lost(film, tmp_path / "strict.mkv", is_strict=True)
    assert lost(opaque, tmp_path / "o.mkv", is_strict=True) == {0: ()}


def tiff(path: Path, pages: int, *, is_big: bool = False, ring: bool = False) -> Path:
    """Grey pages of 32x24."""
    width, height, place = 32, 24, "Q" if is_big else "I"
    data = bytearray(b"II+\0\x08\0\0\0" + bytes(8) if is_big else b"II*\0" + bytes(4))
    where = [8 if is_big else 4]
    starts = []
    for number in range(pages):
        pixels = len(data)
        data += bytes((x * (number + 3) + y) % 256 for y in range(height) for x in range(width))
        facts = {256: width, 257: height, 258: 8, 259: 1, 262: 1, 273: pixels, 277: 1, 278: height, 279: 768}
        starts.append(len(data))
        data += struct.pack("<Q" if is_big else "<H", len(facts))
        for tag, value in facts.items():
            data += struct.pack(f"<HH{place}{place}", tag, 16 if is_big else 4, 1, value)
        where.append(len(data))
        data += bytes(8 if is_big else 4)
    for slot, start in zip(where, [*starts, *starts[:1]] if ring else starts, strict=False):
        struct.pack_into(f"<{place}", data, slot, start)
    path.write_bytes(data)
    return path


def test_further_pages_are_counted(tmp_path: Path) -> None:
    for pages in (1, 3):
        assert page_count(tiff(tmp_path / "a.tif", pages).read_bytes()) == pages
        assert page_count(tiff(tmp_path / "b.tif", pages, is_big=True).read_bytes()) == pages
        assert page_count(tiff(tmp_path / "c.tif", pages, ring=True).read_bytes()) == pages
    assert page_count(b"II*\0\xff\xff\xff\x7f") == 1
    assert page_count(b"\x89PNG") == 1


def test_further_pages_are_named(tmp_path: Path) -> None:
    scan, output = tiff(tmp_path / "scan.tif", 3), tmp_path / "r.tif"
    assert lost(scan, output) == {0: ("2 further pages",)}
    assert verdicts(verify_result(scan, output), "beside the picture") == (
        "dropped",
        "as the sidecar says: 2 further pages is lost",
    )
    assert verdicts(compare(scan, output), "beside the picture")[0] == "fails"
    with pytest.raises(StreamNotCarried, match="2 further pages"):
        assert not any(
            isinstance(event, StageStarted)
            for event in colorize(options(scan, tmp_path / "strict.tif", is_strict=True))
        )
    assert lost(tiff(tmp_path / "one.tif", 1), tmp_path / "o.tif", is_strict=True) == {0: ()}


def test_what_stands_beside_a_photograph_is_named(tmp_path: Path) -> None:
    rgba = np.full((24, 32, 4), 200, np.uint8)
    cv2.imwrite(str(tmp_path / "opaque.png"), rgba | 0xFF)
    rgba[:4] = 100
    cv2.imwrite(str(tmp_path / "clear.png"), rgba)
    cv2.imwrite(str(tmp_path / "plain.jpg"), rgba[..., 0])
    jpeg = (tmp_path / "plain.jpg").read_bytes()
    exif = b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"
    xmp = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>"
    icc = b"ICC_PROFILE\0\x01\x01" + bytes(132)
    marks = [(0xE1, exif), (0xE1, xmp), (0xE2, icc)]
    parts = [bytes((0xFF, kind)) + struct.pack(">H", len(data) + 2) + data for kind, data in marks]
    (tmp_path / "full.jpg").write_bytes(jpeg[:2] + b"".join(parts) + jpeg[2:])
    found = {path.name: photograph_extras(path) for path in tmp_path.iterdir()}
    assert found == {
        "opaque.png": (),
        "clear.png": ("alpha channel",),
        "plain.jpg": (),
        "full.jpg": ("ICC profile", "Exif", "XMP"),
    }


@needs_mkvmerge
def test_languages_after_bcp_47_are_carried_or_named(tmp_path: Path) -> None:
    plain = make(tmp_path / "plain.mkv", replace(SMALL, frames=12, audio=("aac", "aac"), has_subtitle=True))
    film = tmp_path / "film.mkv"
    wanted = {0: "pt-BR", 1: "zh-Hant", 2: "de", 3: "sr-Latn-RS"}
    said = [word for index, tag in wanted.items() for word in ("--language", f"{index}:{tag}")]
    subprocess.run(["mkvmerge", "-q", "-o", str(film), *said, str(plain)], check=True, timeout=60)
    assert languages(probe(film)) == wanted
    kept = tmp_path / "r.mkv"
    assert not any(lost(film, kept, is_strict=True).values())
    result = probe(kept)
    assert languages(result) == wanted
    assert [one.title for one in result.streams] == [one.title for one in probe(film).streams]
    assert compare(film, kept).holds
    named = lost(film, tmp_path / "r.mp4")
    assert {index: row for index, row in named.items() if any("language" in one for one in row)} == {
        0: ("language pt-BR",),
        1: ("language zh-Hant", *named[1][1:]),
        3: ("language sr-Latn-RS", *named[3][1:]),
    }
    assert verify_result(film, tmp_path / "r.mp4").holds
    assert not compare(film, tmp_path / "r.mp4").holds


PACKETS = {
    "a packet": b'<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:a="urn:archive:"><a:can>12</a:can></rdf:Description>'
    b"</rdf:RDF></x:xmpmeta>",
    "no packet": b"<x:xmpmeta><!-- can 12 --></x:xmpmeta>",
}


@pytest.mark.parametrize("packet", PACKETS.values(), ids=PACKETS.keys())
def test_xmp_is_carried_or_named(tmp_path: Path, packet: bytes) -> None:
    film = make(tmp_path / "film.mp4", SMALL)
    box = b"uuid" + bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC") + packet
    film.write_bytes(film.read_bytes() + struct.pack(">I", len(box) + 4) + box)
    assert xmp_of(probe(film)) == (packet,)
    for suffix in ("mp4", "mov"):
        kept = tmp_path / f"r.{suffix}"
        assert "XMP" not in lost(film, kept)[0]
        (there,) = xmp_of(probe(kept))
        assert keeps([packet], [there])
        assert there != packet
        assert verdicts(compare(film, kept), "XMP") == ("holds", "all of it")
    named = tmp_path / "r.mkv"
    assert lost(film, named)[0] == ("XMP",)
    assert verdicts(verify_result(film, named), "XMP")[0] == "dropped"
    assert verdicts(compare(film, named), "XMP")[0] == "fails"
    with pytest.raises(StreamNotCarried, match="XMP"):
        assert not any(
            isinstance(event, StageStarted)
            for event in colorize(options(film, tmp_path / "strict.mkv", is_strict=True))
        )


def restated(plain: Path, film: Path, tags: tuple[int, int, int]) -> None:
    """The same packets; primaries, transfer and matrix are others."""
    with av.open(plain) as source, av.open(film, "w") as out:
        copy = out.add_stream_from_template(source.streams.video[0])
        context = copy.codec_context
        context.color_primaries, context.color_trc, context.colorspace = tags
        for packet in source.demux():
            if packet.size:
                packet.stream = copy
                out.mux(packet)


def test_a_film_in_rgb_has_another_matrix(tmp_path: Path) -> None:
    film, result = tmp_path / "film.mkv", tmp_path / "r.mkv"
    scan = replace(SMALL, codec="ffv1", pixel_format="gbrp10le", is_full_range=True)
    restated(make(tmp_path / "plain.mkv", scan), film, (2, 2, 0))
    assert lost(film, result, preset="master") == {0: ()}
    assert [one.subject for one in verify_result(film, result).checks if one.verdict == "fails"] == []


@pytest.mark.parametrize("preset", ["dnxhr", "prores"])
@pytest.mark.parametrize("tags", [(1, 2, 1), (2, 1, 1), (2, 2, 1), (2, 2, 2), (1, 1, 1)])
def test_colours_that_a_film_states_in_part_are_stated_in_quicktime(
    tmp_path: Path, preset: str, tags: tuple[int, int, int]
) -> None:
    """By themselves FFmpeg's muxers write all three or none."""
    film, result = tmp_path / "film.mkv", tmp_path / "r.mov"
    plain = make(tmp_path / "plain.mkv", replace(SMALL, codec="ffv1", width=256, height=120))
    restated(plain, film, tags)
    assert lost(film, result, preset=preset) == {0: ()}
    assert verify_result(film, result).holds
    color = probe(result).color
    if tags != (2, 2, 2):
        assert (color.primaries, color.transfer, color.matrix) == tags


def test_full_range_has_no_place_in_prores(tmp_path: Path) -> None:
    film = make(tmp_path / "film.mkv", replace(SMALL, width=256, height=120, is_full_range=True))
    for preset, name, verdict in (
        ("prores", "p.mov", "dropped"),
        ("dnxhr", "d.mov", "holds"),
        ("master", "m.mkv", "holds"),
    ):
        list(colorize(options(film, tmp_path / name, preset=preset)))
        assert verdicts(verify_result(film, tmp_path / name), "range")[0] == verdict, name
    with pytest.raises(StreamNotCarried):
        list(colorize(options(film, tmp_path / "s.mov", preset="prores", is_strict=True)))
