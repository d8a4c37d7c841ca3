"""Films that change in mid-stream: elementary streams of two recordings, one behind the other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import av

from tests.material.media_sources import Source, make
from tests.material.present import present

FRAMES = 6
PLAIN = Source(frames=FRAMES, options={"bf": "2"})


def joined(path: Path, *sources: Source) -> Path:
    """The suffix of `path` says how the streams are written: .h264, .m2v."""
    parts = [make(path.with_name(f"{number}-{path.name}"), source) for number, source in enumerate(sources)]
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


def changing(path: Path, **changes: Any) -> Path:
    """`FRAMES` frames of H.264, then as many that differ by these fields of a Source."""
    return joined(path, PLAIN, replace(PLAIN, **changes))


def captioned(path: Path, first: int) -> Path:
    """H.264 with an A/53 caption before every picture from number `first` on, one slice a picture."""
    plain = make(path.with_name(f"plain-{path.name}"), replace(PLAIN, options={"bf": "0", "slices": "1"}))
    data = plain.read_bytes()
    payload = (
        bytes([0xB5, 0, 0x31]) + b"GA94" + bytes([3, 0xC2, 0xFF, 0xFC, 0x94, 0x20, 0xFC, 0xC8, 0xE5, 0xFF])
    )
    caption = b"\0\0\0\1" + bytes([6, 4, len(payload)]) + payload + b"\x80"
    units, number = data.split(b"\0\0\1"), 0
    made = [units[0]]
    for unit in units[1:]:
        is_picture = unit[0] & 31 in (1, 5)
        made.append((caption if is_picture and number >= first else b"") + b"\0\0\1" + unit)
        number += is_picture
    path.write_bytes(b"".join(made))
    return path


def damaged(path: Path, broken: tuple[int, ...]) -> Path:
    """An MP4 of H.264 in which the second half of these packets, in decoding order, is spoilt."""
    make(
        path,
        Source(frames=24, width=320, height=240, options={"bf": "0", "crf": "20", "g": "24", "slices": "4"}),
    )
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as film:
        packets = [packet for packet in film.demux(video=0) if packet.size]
    for packet in (packets[number] for number in broken):
        middle = present(packet.pos) + packet.size // 2
        for place in range(middle, middle + min(30, packet.size // 4)):
            data[place] ^= 0x5A
    path.write_bytes(data)
    return path


def dynamic_hdr(path: Path, first: int, kind: str) -> Path:
    """HEVC with `kind`, HDR10+ or Dolby Vision, in every picture from number `first` on."""
    options = {"x265-params": "log-level=none:bframes=0:slices=1:pools=none"}
    plain = make(path.with_name(f"plain-{path.name}"), replace(PLAIN, codec="libx265", options=options))
    units, number = plain.read_bytes().split(b"\0\0\1"), 0
    made = [units[0]]
    for unit in units[1:]:
        is_picture = unit[0] >> 1 & 63 < 32
        is_marked = is_picture and number >= first
        before, after = _DYNAMIC_HDR[kind] if is_marked else (b"", b"")
        made += [before, b"\0\0\1", unit, after]
        number += is_picture
    path.write_bytes(b"".join(made))
    return path


def _hdr10_plus() -> bytes:
    """A supplemental unit with the metadata of SMPTE ST 2094-40: one window, no curves."""
    window = "".join(f"{value:017b}" for value in (0x12345, 0x0FFFF, 0x0ABCD, 0x05555))  # the most, the mean
    bits = "01" + f"{400:027b}" + "0" + window + "0000" + f"{0x155:010b}" + "0" + "0" + "0"
    padded = bits.ljust(-(-len(bits) // 8) * 8, "0")
    fields = int(padded, 2).to_bytes(len(padded) // 8, "big")
    payload = bytes([0xB5, 0x00, 0x3C, 0x00, 0x01, 0x04, 0x01]) + fields
    assert b"\0\0" not in payload  # or it would have to be escaped
    return b"\0\0\1\x4e\x01" + bytes([4, len(payload)]) + payload + b"\x80"


# Dolby Vision of a kind that FFmpeg cannot read: it is there all the same.
_DYNAMIC_HDR = {
    "HDR10+": (_hdr10_plus(), b""),
    "Dolby Vision": (b"", b"\0\0\1\x7c\x01\x19" + bytes(range(1, 60)) + b"\x80"),
}
