"""What the header of a y4m film says of shape, fields and chroma, as FFmpeg writes and reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, Protocol

from tcvc_cli.records import ChromaSiting, Fields, FilmInfo

_ORDERS: Final[Mapping[Fields, bytes]] = MappingProxyType({"none": b"Ip", "top": b"It", "bottom": b"Ib"})
_COARSE: Final = b"C420jpeg"  # what FFmpeg calls all 4:2:0 of 8 bit that it knows no siting of
# Chroma that tcvc adds to a film without a siting stands on the left.
_SITINGS: Final[Mapping[ChromaSiting, bytes]] = MappingProxyType(
    {"center": b"420jpeg", "left": b"420mpeg2", "unspecified": b"420mpeg2", "topleft": b"420paldv"}
)


class Writable(Protocol):
    def write(self, data: bytes, /) -> int: ...


class WithShape:
    """A file for y4m: its header says the film's sample aspect, fields and chroma siting, which PyAV cannot
    tell the muxer."""

    def __init__(self, file: Writable, film: FilmInfo) -> None:
        self._file, self._film = file, film
        self._is_begun = False

    def write(self, data: bytes) -> int:
        """The header is in what comes first. Raises OSError."""
        if self._is_begun:
            return self._file.write(data)
        self._is_begun = True
        header, end, rest = data.partition(b"\n")
        words = b" ".join(_stated(word, self._film) for word in header.split(b" "))
        self._file.write(words + end + rest)
        return len(data)


def not_stated(film: FilmInfo, pixel_format: str) -> Iterator[str]:
    """What of the film a y4m header has no word for, beside planes of this format."""
    is_stated = pixel_format == "yuv420p" and film.siting in _SITINGS
    if "420p" in pixel_format and says_siting(film) and not is_stated:
        yield f"chroma siting {film.siting}"


def says_siting(film: FilmInfo) -> bool:
    """True where chroma stands elsewhere than on the left, which is what silence means."""
    return film.siting not in ("unspecified", "left")


def _stated(word: bytes, film: FilmInfo) -> bytes:
    if word.startswith(b"A"):
        return f"A{film.sample_aspect.numerator}:{film.sample_aspect.denominator}".encode()
    if word in (b"Ip", b"It", b"Ib"):
        return _ORDERS[film.fields]
    siting = _SITINGS.get(film.siting, _SITINGS["unspecified"])
    if word == _COARSE:
        return b"C" + siting
    return b"XYSCSS=" + siting.upper() if word == b"XYSCSS=420JPEG" else word
