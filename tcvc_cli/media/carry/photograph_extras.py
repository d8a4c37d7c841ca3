"""What a photograph's file holds beside the picture that is coloured; results have a place for none of it."""

from __future__ import annotations

import struct
from pathlib import Path

from tcvc_cli.media.read.orientation import tags_start
from tcvc_cli.media.read.probe import film_stream, first_picture, open_film
from tcvc_cli.media.read.side_data import ALPHA, ICC_PROFILE, is_transparent
from tcvc_cli.media.structure.stills.tiff import directory_of
from tcvc_cli.media.xmp.facts import keeps
from tcvc_cli.media.xmp.places import xmp_of
from tcvc_cli.records import FilmInfo

_XMP, _NAME = b"<x:xmpmeta", "XMP"
_PROFILE_MARKS = (b"ICC_PROFILE\0", b"iCCP", b"ICCP")  # in JPEG, in PNG, and in WebP
_TIFF_HEADS = {b"II*\0": "<", b"MM\0*": ">"}
_BIG_TIFF_HEADS = {b"II+\0": "<", b"MM\0+": ">"}
_PARTS_OF_TIFF = {
    34665: "Exif",
    34853: "GPS",
    33723: "IPTC",
    34377: "Photoshop resources",
    34675: ICC_PROFILE,
}
_PHOTOSHOP, _PHOTOSHOP_IPTC = b"Photoshop 3.0\0", b"8BIM\x04\x04"
_MOST_PAGES = 10_000  # of a directory chain that is no ring


def photograph_extras(path: Path) -> tuple[str, ...]:
    """Names of what there is: transparency, further pages, profiles and descriptions."""
    data = path.read_bytes()
    with open_film(path) as container:
        first = first_picture(container, film_stream(container, path))
    found = [ALPHA] if first is not None and is_transparent(first) else []
    found += [ICC_PROFILE] if any(mark in data for mark in _PROFILE_MARKS) else []
    further = page_count(data) - 1
    found += [f"{further} further page{'s' if further > 1 else ''}"] if further > 0 else []
    found += ["Exif"] if _has_exif(data) else []
    found += [name for name in _in_tiff(data) if name not in found]
    found += ["Photoshop resources"] if _PHOTOSHOP in data else []
    found += ["IPTC"] if _PHOTOSHOP_IPTC in data and "IPTC" not in found else []
    return (*found, _NAME) if _XMP in data else tuple(found)


def lost_extras(film: FilmInfo, packet: bytes | None) -> tuple[str, ...]:
    """What of it a result that has only the XMP `packet` beside its picture does not hold."""
    packets = () if packet is None else (packet,)
    is_kept = keeps(xmp_of(film), packets)
    found = tuple(one for one in photograph_extras(film.path) if one != _NAME)
    return found if is_kept else (*found, _NAME)


def page_count(data: bytes) -> int:
    """Pages of a TIFF (directories that follow each other), 1 of anything else."""
    for heads, is_big in ((_TIFF_HEADS, False), (_BIG_TIFF_HEADS, True)):
        if data[:4] in heads:
            return _directories(data, heads[data[:4]], is_big=is_big)
    return 1


def _directories(data: bytes, order: str, *, is_big: bool) -> int:
    """Each is a count, so many entries, and where the next one is; 0 ends the chain."""
    count_type, entry_bytes, place_type = ("Q", 20, "Q") if is_big else ("H", 12, "I")
    seen: set[int] = set()
    try:
        (place,) = struct.unpack_from(order + place_type, data, 8 if is_big else 4)
        while place and place not in seen and len(seen) < _MOST_PAGES:
            seen.add(place)
            (entries,) = struct.unpack_from(order + count_type, data, place)
            after = place + struct.calcsize(order + count_type) + entries * entry_bytes
            (place,) = struct.unpack_from(order + place_type, data, after)
    except struct.error:  # the chain leads out of the file
        pass
    return max(1, len(seen))


def _in_tiff(data: bytes) -> list[str]:
    """Of its first page, by the numbers of tags."""
    if data[:4] not in _TIFF_HEADS:
        return []
    try:
        there = {one.tag for one in directory_of(data).entries}
    except struct.error:  # it ends too early
        return []
    return [name for tag, name in _PARTS_OF_TIFF.items() if tag in there]


def _has_exif(data: bytes) -> bool:
    """A TIFF is made of the same tags, which describe its picture."""
    try:
        return data[:4] not in _TIFF_HEADS and tags_start(data) > 0
    except ValueError:
        return False
