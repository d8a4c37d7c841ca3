"""XMP packets: merged with nothing lost, whoever wrote them, and read back by other programs."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from tcvc_cli.media.inspect.declared import declared_colors
from tcvc_cli.media.read.probe import open_film, probe
from tcvc_cli.media.write.photograph import write_photograph
from tcvc_cli.media.xmp.facts import facts_of, keeps, unread_in
from tcvc_cli.media.xmp.packet import declared_in, packet_for
from tcvc_cli.media.xmp.parsing import LARGEST_BYTES
from tcvc_cli.media.xmp.places import xmp_of, xmp_of_photograph
from tcvc_cli.media.xmp.quicktime import put_xmp, xmp_of_quicktime
from tests.material.declared_material import DECLARED, NEGATIVE, TITLE, packet_of
from tests.material.media_sources import Source, make
from tests.material.present import present

SMALL = Source(codec="mpeg4", frames=3, time_base=Fraction(1, 24))
PLAIN = packet_of(TITLE, 'xmp:Rating="3"')
OURS_ALREADY = {
    "as an element": packet_of(f"<Iptc4xmpExt:DigitalSourceType>{NEGATIVE}</Iptc4xmpExt:DigitalSourceType>"),
    "as an attribute": packet_of(TITLE, f'Iptc4xmpExt:DigitalSourceType="{NEGATIVE}"'),
}
HOSTILE = {
    "no XML": b"<x:xmpmeta><!-- can 12 -->",
    "nothing": b"",
    "entities": b'<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;">]>' + PLAIN.replace(b"A &amp; B", b"&c;"),
    "a file": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + PLAIN.replace(b"&amp;", b"&a;"),
    "depth": packet_of("<a:b>" * 5000 + "</a:b>" * 5000),
    "a line end in an attribute": packet_of("", 'a:b="one&#10;two"'),
    "another encoding": PLAIN.decode().encode("utf-16"),
    "bytes": bytes(range(256)),
}
needs_exiftool = pytest.mark.skipif(shutil.which("exiftool") is None, reason="no exiftool on this machine")


def exiftool(path: Path) -> dict[str, str]:
    command = ["exiftool", "-j", "-G1", "-XMP:all", "-Warning", "-Error", str(path)]
    found = subprocess.run(command, check=True, capture_output=True, timeout=60)
    told: dict[str, str] = json.loads(found.stdout)[0]
    return told


def merged(*sources: bytes) -> bytes:
    return present(packet_for(sources, DECLARED))


def test_a_declaration_comes_back() -> None:
    assert declared_in(merged()) == DECLARED
    bare = replace(DECLARED, operator=None, operator_kind=None, options=(), weights_sha256="")
    assert declared_in(present(packet_for((), bare))) == bare
    assert packet_for((), None) is None
    assert declared_in(PLAIN) is None


def test_what_the_source_says_is_in_the_packet() -> None:
    packet = merged(PLAIN)
    assert declared_in(packet) == DECLARED
    assert keeps([PLAIN], [packet])
    assert b"Archive 1.0" in packet
    assert packet.count(b"<?xpacket") == 2
    assert not keeps([PLAIN], [merged()])
    assert not keeps([PLAIN], [packet.replace(b'xmp:Rating="3"', b"")])
    assert not keeps([PLAIN], [packet.replace(b'xml:lang="de"', b'xml:lang="fr"')])
    assert not keeps([PLAIN], [packet.replace("Ä".encode(), b"A")])


@pytest.mark.parametrize("source", OURS_ALREADY.values(), ids=OURS_ALREADY.keys())
def test_a_property_that_gives_way_is_kept_beside(source: bytes) -> None:
    packet = merged(source)
    assert declared_in(packet) == DECLARED
    names = [fact.name for fact in present(facts_of(packet))]
    assert len(names) == len(set(names))  # XMP allows each property once
    assert keeps([source], [packet])
    assert not keeps([source], [packet.replace(b"negativeFilm", b"digitalCapture")])


def test_a_declaration_of_an_earlier_run_is_kept_beside() -> None:
    earlier = merged(PLAIN)
    later = replace(DECLARED, when="2027-01-01T00:00:00Z", operator=None, operator_kind=None)
    packet = present(packet_for([earlier], later))
    assert declared_in(packet) == later
    assert keeps([PLAIN], [packet])
    assert keeps([earlier], [packet])
    assert b"2026-01-02T03:04:05Z" in packet
    assert packet_for([packet], later) == packet


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_cannot_be_read_is_kept_as_it_is(source: bytes) -> None:
    packet = merged(source)
    assert declared_in(packet) == DECLARED
    assert list(unread_in(packet)) == ([source] if facts_of(source) is None or b"&#10;" in source else [])
    assert keeps([source], [packet])
    assert b"root:" not in packet
    assert not keeps([source], [merged()])


def test_a_packet_that_is_too_large_is_lost_and_that_is_seen() -> None:
    source = packet_of("<a:b>" + "x" * LARGEST_BYTES + "</a:b>")
    packet = merged(source)
    assert declared_in(packet) == DECLARED
    assert not keeps([source], [packet])


def test_a_packet_of_comments_alone_is_carried() -> None:
    source = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><!-- can 12 --></x:xmpmeta>'
    packet = merged(source)
    assert b"<!-- can 12 -->" in packet
    assert declared_in(packet) == DECLARED
    assert keeps([source], [packet])
    assert not keeps([source], [merged()])


def test_two_packets_become_one() -> None:
    other = packet_of("<a:second>2</a:second>").replace(b'xmlns:a="urn:archive:"', b'xmlns:a="urn:other:"')
    packet = merged(PLAIN, other, b"<broken")
    assert keeps([PLAIN, other, b"<broken"], [packet])
    assert declared_in(packet) == DECLARED


def picture() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(1).integers(0, 256, (24, 32, 3)).astype(np.uint8)


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif"])
@pytest.mark.parametrize("length", [10, 200_000])
def test_photographs_carry_it(tmp_path: Path, suffix: str, length: int) -> None:
    source = packet_of(f"{TITLE}<a:long>{'long ' * (length // 5)}</a:long>")
    path = tmp_path / f"out.{suffix}"
    write_photograph(picture(), path, xmp=merged(source))
    assert declared_colors(path) == DECLARED
    assert keeps([source], xmp_of(probe(path)))
    plain = tmp_path / f"plain.{suffix}"
    write_photograph(picture(), plain)
    assert np.array_equal(present(cv2.imread(str(path))), present(cv2.imread(str(plain))))
    with Image.open(path) as image:
        image.load()
    again = tmp_path / f"again.{suffix}"  # its packets, extended or not, are one packet for the next run
    write_photograph(picture(), again, xmp=present(packet_for(xmp_of_photograph(path), None)))
    assert declared_colors(again) == DECLARED


@pytest.mark.parametrize("suffix", ["mp4", "mov", "m4v"])
def test_films_carry_it(tmp_path: Path, suffix: str) -> None:
    path = make(tmp_path / f"film.{suffix}", replace(SMALL, audio=("aac",)))
    with open_film(path) as container:
        before = [(one.stream_index, one.pts, bytes(one)) for one in container.demux() if one.size]
    put_xmp(path, merged(PLAIN), is_quicktime=suffix == "mov")
    assert (b"XMP_" in path.read_bytes()) == (suffix == "mov")
    assert declared_colors(path) == DECLARED
    assert xmp_of_quicktime(path) == (merged(PLAIN),)
    with open_film(path) as container:
        assert [(one.stream_index, one.pts, bytes(one)) for one in container.demux() if one.size] == before


def test_quicktime_with_its_header_first_is_not_broken(tmp_path: Path) -> None:
    options = {"movflags": "+faststart"}
    path = make(tmp_path / "film.mov", replace(SMALL, muxer_options=options))
    assert path.read_bytes().index(b"moov") < path.read_bytes().index(b"mdat")
    put_xmp(path, merged(), is_quicktime=True)
    assert declared_colors(path) == DECLARED
    with open_film(path) as container:
        assert sum(1 for _ in container.decode(video=0)) == 3


def test_riff_files_are_read(tmp_path: Path) -> None:
    webp = tmp_path / "photo.webp"
    Image.fromarray(picture()).save(webp, xmp=PLAIN)
    assert xmp_of(probe(webp)) == (PLAIN,)
    avi = make(tmp_path / "film.avi", SMALL)
    odd = PLAIN + b" " * (1 - len(PLAIN) % 2)
    chunk = b"_PMX" + struct.pack("<I", len(odd)) + odd + b"\0"
    data = avi.read_bytes() + chunk
    avi.write_bytes(data[:4] + struct.pack("<I", len(data) - 8) + data[8:])
    assert xmp_of(probe(avi)) == (odd,)


DAMAGES: list[Callable[[bytes], bytes]] = [
    lambda data: data[: len(data) // 2],
    lambda data: data[:60],
    lambda data: data[:4] + b"\xff" * 8 + data[12:],
    lambda data: data.replace(b"\0\0", b"\xff\xff"),
]


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif"])
@pytest.mark.parametrize("damage", range(len(DAMAGES)))
def test_a_damaged_file_is_no_trouble(tmp_path: Path, suffix: str, damage: int) -> None:
    path = tmp_path / f"out.{suffix}"
    write_photograph(picture(), path, xmp=merged(PLAIN))
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    assert isinstance(xmp_of_photograph(path), tuple)


@needs_exiftool
@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "mp4", "mov"])
def test_exiftool_reads_it(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out.{suffix}"
    if suffix in ("mp4", "mov"):
        make(path, SMALL)
        put_xmp(path, merged(PLAIN), is_quicktime=suffix == "mov")
    else:
        write_photograph(picture(), path, xmp=merged(PLAIN))
    told = exiftool(path)
    assert not [key for key in told if "Warning" in key or "Error" in key]
    assert told["XMP-iptcExt:DigitalSourceType"] == DECLARED.digital_source_type
    assert told["XMP-iptcExt:AISystemUsed"] == "tcvc, tcvc-tiny"
    assert told["XMP-tcvc:Statement"] == DECLARED.statement
    assert told["XMP-tcvc:SourceSHA256"] == DECLARED.source_sha256
    assert told["XMP-dc:Title"] == "A & B"


@needs_exiftool
def test_exiftool_reads_extended_xmp(tmp_path: Path) -> None:
    path = tmp_path / "out.jpg"
    write_photograph(picture(), path, xmp=merged(packet_of(TITLE + f"<a:long>{'y' * 90_000}</a:long>")))
    told = exiftool(path)
    assert not [key for key in told if "Warning" in key or "Error" in key]
    assert told["XMP-tcvc:Operator"] == "Ada Lovelace"
    assert "90000 bytes" in told["XMP-a:Long"]
    assert told["XMP-dc:Title"] == "A & B"
