"""Which shots of a list the addresses of a settings file mean."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tcvc_cli.errors import BadSettings
from tcvc_cli.records import Shot
from tcvc_cli.settings.film.clock import clock_time, milliseconds_of
from tcvc_cli.settings.film.decisions import FilmSettings, KeyLine, ShotAddress, ShotDecisions


@dataclass(frozen=True, slots=True)
class ShotPlaces:
    """Shots one after another, with their times from the film's first frame: frame number / `frame_rate`,
    to the ms, as a shot list writes them. `is_part`: there are more shots in the film than these."""

    shots: Sequence[Shot]
    frame_rate: Fraction
    is_part: bool = False

    def index_of(self, address: ShotAddress) -> int | None:
        """The shot that is on at the time, or else that of the number; None where there is none. Raises
        ValueError for a number alone where the numbers of a part may be others."""
        if address.starts_s is not None:
            return self._at(milliseconds_of(address.starts_s))
        assert address.number is not None
        if self.is_part:
            raise ValueError(f"shot {address.number} has no time, and only a part of the film is looked at")
        return address.number - 1 if address.number <= len(self.shots) else None

    def holding(self, frame: int) -> int | None:
        """The index of the shot that holds a frame."""
        index = bisect_right(self.shots, frame, key=lambda shot: shot.start) - 1
        return index if index >= 0 and frame < self.shots[index].stop else None

    def address_of(self, index: int) -> ShotAddress:
        """Number and time, as they are written."""
        starts = self._milliseconds(self.shots[index].start)
        return ShotAddress(index + 1, Fraction(starts, 1000))

    def _at(self, milliseconds: int) -> int | None:
        index = bisect_right(self.shots, milliseconds, key=lambda shot: self._milliseconds(shot.start)) - 1
        is_there = index >= 0 and milliseconds < self._milliseconds(self.shots[index].stop)
        return index if is_there else None

    def _milliseconds(self, frame: int) -> int:
        return milliseconds_of(frame / self.frame_rate)


@dataclass(frozen=True, slots=True)
class Landed:
    """An entry of the settings file and the index of the shot that it is about."""

    index: int
    entry: ShotDecisions


def landed(settings: FilmSettings, places: ShotPlaces) -> dict[int, ShotDecisions]:
    """The entries by the index of their shot. Those of shots outside a part of the film are left out.
    Raises BadSettings for a shot that does not exist, and for two entries of one."""
    found: dict[int, ShotDecisions] = {}
    for one in _landed(settings, places):
        if (earlier := found.get(one.index)) is not None:
            message = f"this and line {earlier.line} are about one shot, {one.index + 1}"
            raise fault(settings, one.entry.line, message)
        found[one.index] = one.entry
    return found


def _landed(settings: FilmSettings, places: ShotPlaces) -> Iterator[Landed]:
    for entry in settings.shots:
        index = index_at(settings, places, entry.address, entry.line)
        if index is not None:
            yield Landed(index, entry)
        elif not places.is_part:
            message = f"there is no shot {named(entry.address)}; {extent(places)}"
            raise fault(settings, entry.line, message)


def index_at(settings: FilmSettings, places: ShotPlaces, address: ShotAddress, line: int) -> int | None:
    """As `places.index_of`. Raises BadSettings."""
    try:
        return places.index_of(address)
    except ValueError as error:
        raise fault(settings, line, str(error)) from None


def line_of(entry: ShotDecisions, key: str, index: int | None = None) -> int:
    """Of a key of an entry, or of an item of its list; the entry's own where that is not known."""
    return found_line(entry.key_lines, key, index) or entry.line


def found_line(lines: Sequence[KeyLine], key: str, index: int | None = None) -> int:
    """0 where it is not known."""
    return next((one.line for one in lines if (one.key, one.index) == (key, index)), 0)


def fault(settings: FilmSettings, line: int, message: str) -> BadSettings:
    name = settings.file.name if settings.file is not None else "settings"
    return BadSettings(f"{name}, line {line}: {message}" if line else f"{name}: {message}")


def named(address: ShotAddress) -> str:
    """`12`, or `at 0:03:12.480`."""
    return str(address.number) if address.starts_s is None else f"at {clock_time(address.starts_s)}"


def extent(places: ShotPlaces) -> str:
    """How many shots there are, and until when."""
    end = clock_time(places.shots[-1].stop / places.frame_rate) if places.shots else clock_time(Fraction(0))
    return f"the film has {len(places.shots)}, until {end}"
