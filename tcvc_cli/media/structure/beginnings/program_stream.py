"""Where the streams of an MPEG program stream begin, which announces none of them (ISO/IEC 13818-1, 2.5)."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

_PACK, _END = 0xBA, 0xB9
_PRIVATE = 0xBD  # whose first byte says which of DVD's streams it is: subtitles, AC-3, DTS or samples
_FIRST_CARRIED = 0xBD
_SKIPPED = (0xBE, 0xBF)  # padding and navigation
_SUBSTREAM_FROM = 0x20


def last_beginning(path: Path, most_bytes: int) -> int | None:
    """In bytes, where the last stream that begins within `most_bytes` begins; None where the file is no row
    of packets. Hops from head to head."""
    seen: set[tuple[int, int]] = set()
    at = begun = 0
    with path.open("rb", buffering=1 << 20) as file:
        while at < most_bytes:
            head = file.read(16)
            if len(head) < 6 or head[3] == _END:
                break
            if head[:3] != b"\0\0\1" or head[3] < _END:
                return begun if seen else None
            stream = _stream_of(file, head)
            if stream is not None and stream not in seen:
                seen.add(stream)
                begun = at
            at += _length(head)
            file.seek(at)
    return begun


def _length(head: bytes) -> int:
    if head[3] != _PACK:
        return 6 + int.from_bytes(head[4:6], "big")
    return 14 + (head[13] & 7) if head[4] >> 6 == 1 else 12  # MPEG-2, and MPEG-1


def _stream_of(file: BinaryIO, head: bytes) -> tuple[int, int] | None:
    """(number, number among DVD's) of the stream whose packet begins with `head`, which has been read."""
    kind = head[3]
    if kind < _FIRST_CARRIED or kind in _SKIPPED:
        return None
    if kind != _PRIVATE:
        return kind, 0
    payload = 9 + head[8]
    own = head[payload : payload + 1] or file.read(payload - 15)[-1:]
    return kind, own[0] if own and own[0] >= _SUBSTREAM_FROM else 0
