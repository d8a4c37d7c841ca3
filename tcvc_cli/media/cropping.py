"""What a container says of the part of the picture that is shown: rows and columns at the edges that
players leave out. The picture itself is coloured whole."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from tcvc_cli.media.ebml import Element, children, read_element
from tcvc_cli.records import FilmInfo

_TRACKS, _TRACK_ENTRY, _TRACK_TYPE, _VIDEO = b"\x16\x54\xae\x6b", b"\xae", b"\x83", b"\xe0"
CROP_IDS = (
    b"\x54\xbb",
    b"\x54\xaa",
    b"\x54\xcc",
    b"\x54\xdd",
)  # PixelCrop top, bottom, left, right: RFC 9559
_CLEAN_APERTURE = b"\0\0\0\x28clap"  # a box of 40 bytes: ISO/IEC 14496-12, 12.1.4
_LARGEST_INDEX_BYTES = 1 << 26


class Crop(NamedTuple):
    """Rows and columns to leave out, in px."""

    top: int
    bottom: int
    left: int
    right: int


def matroska_crop(film: FilmInfo) -> Crop | None:
    """The cropping of the film's own track; None where there is none, or the film is no Matroska file."""
    if "matroska" not in film.container:
        return None
    before = [one for one in film.streams[: film.video_index] if one.kind == "video" and not one.is_picture]
    crops = list(_crops(film.path))
    crop = crops[len(before)] if len(before) < len(crops) else None
    return crop if crop is not None and any(crop) else None


def has_clean_aperture(film: FilmInfo) -> bool:
    """True when an MP4 or QuickTime file states a part that is shown."""
    if "mp4" not in film.container:
        return False
    with film.path.open("rb") as file:
        position, size = 0, film.path.stat().st_size
        while position + 8 <= size:
            file.seek(position)
            head = file.read(16)
            length, kind = int.from_bytes(head[:4], "big"), head[4:8]
            length = int.from_bytes(head[8:16], "big") if length == 1 else length or size - position
            if kind == b"moov":
                file.seek(position)
                return _CLEAN_APERTURE in file.read(min(length, _LARGEST_INDEX_BYTES))
            position += max(8, length)
    return False


def _crops(path: Path) -> list[Crop]:
    """Of every video track, in the order of the file."""
    with path.open("rb") as file:
        header = read_element(file)
        file.seek(header.start + (header.size or 0) if header else 0)
        segment = read_element(file)
        tracks = (
            next((e for e in children(file, segment) if e.element_id == _TRACKS), None) if segment else None
        )
        entries = [e for e in children(file, tracks) if e.element_id == _TRACK_ENTRY] if tracks else []

        def numbers(parent: Element) -> dict[bytes, int]:
            found = {}
            for child in list(children(file, parent)):
                file.seek(child.start)
                found[child.element_id] = int.from_bytes(file.read(min(child.size or 0, 8)), "big")
            return found

        crops = []
        for entry in entries:
            if numbers(entry).get(_TRACK_TYPE) == 1:
                video = next((e for e in children(file, entry) if e.element_id == _VIDEO), None)
                told = numbers(video) if video else {}
                crops.append(Crop(*(told.get(one, 0) for one in CROP_IDS)))
        return crops
