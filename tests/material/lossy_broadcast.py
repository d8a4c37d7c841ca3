"""Transport streams of which packets are lost on the way, or come in with errors."""

from __future__ import annotations

import re
from pathlib import Path

import av

_PACKET = 188


def packets(stream: bytes) -> list[bytes]:
    """Of 188 bytes each."""
    return [stream[at : at + _PACKET] for at in range(0, len(stream), _PACKET)]


def without(source: Path, target: Path, *, kind: int, count: int) -> Path:
    """`source` without `count` packets of the elementary stream `kind` (from 0) in its middle."""
    whole = packets(source.read_bytes())
    ids = [((one[1] & 31) << 8) | one[2] for one in whole]
    elementary = sorted({one for one in ids if one >= 0x100})
    of_it = [number for number, one in enumerate(ids) if one == elementary[kind]]
    lost = set(of_it[len(of_it) // 2 : len(of_it) // 2 + count])
    target.write_bytes(b"".join(one for number, one in enumerate(whole) if number not in lost))
    return target


def with_torn_sound(source: Path, target: Path) -> Path:
    """`source` with a bit error in the ADTS header in the middle of its AAC, which must be of one kind."""
    with av.open(str(source)) as film:
        headers = {bytes(packet)[:3] for packet in film.demux(audio=0) if packet.size}
    (header,) = headers
    data = bytearray(source.read_bytes())
    places = [found.start() for found in re.finditer(re.escape(header), data)]
    data[places[len(places) // 2]] = 0
    target.write_bytes(data)
    return target
