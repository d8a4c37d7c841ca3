"""The proof's own readers, on files whose every byte is known."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import pytest

from tcvc_cli.media.structure.ebml import write_element
from tcvc_cli.media.witness.iso import IsoTrack, iso_tracks
from tcvc_cli.media.witness.matroska import matroska_facts
from tcvc_cli.media.witness.stills import StillFacts, still_facts


def box(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", 8 + len(payload)) + kind + payload


def movie(*parts: bytes) -> bytes:
    """A file with one picture track of 64x48, whose sample entry ends with `parts`."""
    entry = bytes(24) + struct.pack(">HH", 64, 48) + bytes(50) + b"".join(parts)
    table = box(b"stsd", bytes(8) + box(b"avc1", entry))
    media = box(b"hdlr", bytes(8) + b"vide" + bytes(12)) + box(b"minf", box(b"stbl", table))
    return box(b"ftyp", b"isom") + box(b"moov", box(b"trak", box(b"mdia", media)))


def test_a_clean_aperture_is_px_at_the_edges(tmp_path: Path) -> None:
    """60x44 of 64x48, its middle 1 px to the left and 2 px down."""
    aperture = struct.pack(">IIIIiIiI", 60, 1, 44, 1, -1, 1, 2, 1)
    film = tmp_path / "film.mp4"
    film.write_bytes(movie(box(b"clap", aperture), box(b"pasp", struct.pack(">II", 16, 15))))
    edges = Fraction(4), Fraction(0), Fraction(1), Fraction(3)
    assert iso_tracks(film) == (IsoTrack("vide", edges, Fraction(16, 15)),)


@pytest.mark.parametrize("cut", range(8, 190, 13))
def test_what_is_cut_short_says_nothing(tmp_path: Path, cut: int) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(movie(box(b"clap", bytes(32)))[:cut])
    assert all(track.crop is None for track in iso_tracks(film))


def test_chapters_inside_chapters_end_somewhere(tmp_path: Path) -> None:
    """A hundred levels, of a file that means harm."""
    atom = b""
    for _ in range(100):
        atom = write_element(b"\xb6", write_element(b"\x91", b"\1") + atom)
    chapters = write_element(b"\x10\x43\xa7\x70", write_element(b"\x45\xb9", atom))
    film = tmp_path / "film.mkv"
    film.write_bytes(write_element(b"\x1a\x45\xdf\xa3", b"") + write_element(b"\x18\x53\x80\x67", chapters))
    assert len(matroska_facts(film).chapters) == 1 + 8


def test_pages_in_a_ring_end_somewhere(tmp_path: Path) -> None:
    scan = tmp_path / "scan.tif"
    scan.write_bytes(b"II*\0" + struct.pack("<IHI", 8, 0, 8))
    assert still_facts(scan) == StillFacts(pages=1)
