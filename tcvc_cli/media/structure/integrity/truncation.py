"""Whether a file on disk is as long as its own structure says.

Durations in headers are often a little wrong, sizes hardly ever: the boxes of MP4 and QuickTime
(ISO/IEC 14496-12), the elements of Matroska (RFC 8794, RFC 9559) and the chunks of AVI each state
how many bytes they hold, so a copy that stopped early shows without decoding anything.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from tcvc_cli.media.structure.ebml import HEADER_ID as EBML_ID
from tcvc_cli.media.structure.ebml import read_element

_FIRST_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot")
_FRAGMENT = b"moof"


def is_cut_short(path: Path) -> bool | None:
    """True when bytes are missing at the end, False when none are, None when the format cannot tell.

    A fragmented MP4 that ends between two fragments cannot tell either.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        check = _check_of(head)
        file.seek(0)
        return None if check is None else check(file, size)


def _check_of(head: bytes) -> Callable[[BinaryIO, int], bool | None] | None:
    if head[:4] == EBML_ID:
        return _matroska_is_cut
    if head[4:8] in _FIRST_BOXES:
        return _boxes_are_cut
    return _riff_is_cut if head[:4] == b"RIFF" and head[8:12] == b"AVI " else None


def _boxes_are_cut(file: BinaryIO, size: int) -> bool | None:
    """Walk the boxes of the top level: 32-bit size and type, 64-bit size when that is 1."""
    start, kinds = 0, set()
    while start + 8 <= size:
        file.seek(start)
        head = file.read(16)
        length, kind = int.from_bytes(head[:4], "big"), head[4:8]
        kinds.add(kind)
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length == 0:  # the last box, up to the end of the file, whatever that is
            return None
        if length < 8:
            return None
        start += length
    if start > size or b"moov" not in kinds:
        return True
    return None if _FRAGMENT in kinds else False


def _matroska_is_cut(file: BinaryIO, size: int) -> bool | None:
    """The EBML header, then the Segment that holds everything, unless its size is unknown."""
    header = read_element(file)
    if header is None or header.size is None:
        return True
    file.seek(header.start + header.size)
    segment = read_element(file)
    if segment is None:
        return True
    return None if segment.size is None else segment.start + segment.size > size


def _riff_is_cut(file: BinaryIO, size: int) -> bool | None:
    """AVI is one RIFF chunk, or several one after another when it is longer than a gigabyte."""
    start = 0
    while start + 8 <= size:
        file.seek(start)
        head = file.read(8)
        length = int.from_bytes(head[4:8], "little")
        if head[:4] != b"RIFF":
            return False  # something behind the last chunk
        if length == 0:
            return None
        start += 8 + length + length % 2
    return start > size + 1
