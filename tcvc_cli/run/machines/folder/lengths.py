"""How long films are, by what they say of themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Final

from tcvc_cli.errors import TcvcError
from tcvc_cli.media.read.probe import probe
from tcvc_cli.readers import own_readers
from tcvc_cli.records import FilmInfo

_AT_ONCE: Final = 8  # a disk on the network answers several questions as soon as one
_MOST_FRAMES: Final = 1 << 53


def probed(paths: Iterable[Path]) -> Iterator[FilmInfo | None]:
    """Of each in their order; None for one that cannot be read."""
    with own_readers(), ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(_probed, paths)


def frames_of(film: FilmInfo | None) -> int:
    """What the work on a film is measured in, as the network sees each frame at one size; 0 of one that
    cannot be read."""
    return 0 if film is None else min(max(film.frame_count, 0), _MOST_FRAMES)


def length_s(film: FilmInfo | None) -> Fraction:
    """In seconds; 0 of a photograph, and of a film that cannot be read."""
    is_shown = film is not None and not film.is_photograph and film.frame_rate > 0
    return frames_of(film) / film.frame_rate if film is not None and is_shown else Fraction(0)


def _probed(path: Path) -> FilmInfo | None:
    try:
        return probe(path)
    except (TcvcError, OSError, ValueError):  # whoever colours it says what is wrong with it
        return None
