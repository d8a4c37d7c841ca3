"""What the frames of a film say, gathered while they pass: what changes in mid-stream, and what is damaged.

A result has one size, one depth and one range, and its container states one aspect, one matrix and one order
of fields. A film that changes the first three in mid-stream is refused; of the others the first is kept and
the rest is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar

from tcvc_cli.errors import ChangingFilm
from tcvc_cli.media.read.damage.told import DamageTold, clock
from tcvc_cli.media.read.side_data import in_order
from tcvc_cli.media.structure.integrity.matroska_clusters import BrokenPlace
from tcvc_cli.records import (
    ColorTags,
    DamagedPacket,
    Fields,
    FilmInfo,
    Findings,
    FrameFacts,
    FrameTime,
    PixelFormat,
)

_FIELDS = {"none": "progressive", "top": "top field first", "bottom": "bottom field first"}
_REFUSED = ("size", "pixel format", "range")
_ABOUT_FIELDS = "fields"
_SOME = 10  # of so many frames one
_MOST_VALUES = 100  # of one fact; more come from files that mean harm
T = TypeVar("T")


@dataclass(slots=True)
class Sighting:
    """A value that `frames` frames state; the first of them is frame `first`, `at_s` after the beginning."""

    first: int
    at_s: Fraction
    frames: int = 0


class FactsWatch:
    """Sees every frame of a film in order, up to the end of the part that counts: that from `since_s` on and
    before `until_s`, counted from the first frame."""

    def __init__(
        self,
        film: FilmInfo,
        *,
        refuses_changes: bool = False,
        since_s: Fraction | None = None,
        until_s: Fraction | None = None,
    ) -> None:
        self._film, self._refuses = film, refuses_changes
        self._of_film: FrameFacts | None = None
        self._first: FrameFacts | None = None
        self._last: FrameFacts | None = None
        self._begin_s = Fraction(0)
        self._frames = 0
        self._current: tuple[Sighting, ...] = ()
        self._seen: dict[str, dict[str, Sighting]] = {}
        self._side_data: set[str] = set()
        self._damage = DamageTold(film, since_s, until_s)

    def see(self, number: int, time: FrameTime, facts: FrameFacts, *, is_wanted: bool = True) -> None:
        """Frames before the part count only as what the film's own description is about.

        Raises ChangingFilm at the first frame of another size, format or range, where those are refused.
        """
        if self._of_film is None:
            self._of_film, self._begin_s = facts, time.seconds
        if not is_wanted:
            self._damage.see_around(time, self._begin_s)
            return
        if facts is not self._last:
            self._change(number, time.seconds - self._begin_s, facts)
        self._frames += 1
        for sighting in self._current:
            sighting.frames += 1
        self._damage.see(number, time, self._begin_s, is_damaged=facts.is_damaged)

    def _change(self, number: int, at_s: Fraction, facts: FrameFacts) -> None:
        self._first = self._first or facts
        before, values = _values(self._first), _values(facts)
        for name in _REFUSED if self._refuses else ():
            if before[name] != values[name]:
                raise _refusal(self._film, name, (before[name], values[name]), (number, at_s))
        sightings = [
            self._seen.setdefault(name, {}).setdefault(value, Sighting(number, at_s))
            for name, value in values.items()
            if value in self._seen.get(name, {}) or len(self._seen.get(name, {})) < _MOST_VALUES
        ]
        self._side_data |= facts.side_data
        self._current, self._last = tuple(sightings), facts

    def see_beside(self, packets: Sequence[DamagedPacket]) -> None:
        """What is damaged in the other streams or is not there, of all that is read: sound lies between no
        two frames."""
        self._damage.see_beside(packets)

    def see_file(self, places: Sequence[BrokenPlace]) -> None:
        """Where the file itself is not what was written."""
        self._damage.see_file(places)

    @property
    def side_data(self) -> tuple[str, ...]:
        """Every kind that comes with any frame."""
        return in_order(self._side_data)

    @property
    def damaged_frames(self) -> int:
        return self._damage.frames

    def film(self) -> FilmInfo:
        """The film as this part shows it: what its first frame says otherwise than the film's first."""
        if self._of_film is None or self._first is None:
            return self._film
        film, was, now = self._film, self._of_film, self._first
        return replace(
            film,
            width_px=_kept(film.width_px, was.width_px, now.width_px),
            height_px=_kept(film.height_px, was.height_px, now.height_px),
            pixel_format=_kept(film.pixel_format, was.pixel_format, now.pixel_format),
            color=_color(film.color, was.color, now.color),
            sample_aspect=_kept(film.sample_aspect, was.sample_aspect, now.sample_aspect),
            fields=self._order(),
        )

    def changes(self) -> dict[tuple[str, str], str]:
        """What a result does not keep, in words, by fact and value; empty when nothing changes."""
        return {
            (name, value): _loss(name, value, sighting)
            for name, value, _, sighting in self._further()
            if value != _FIELDS["none"]  # films that are interlaced may hold progressive pictures
        }

    def findings(self) -> Findings:
        """For a result that keeps what the first frame says."""
        warnings = tuple(_warning(*one) for one in self._further())
        of_fields = [one for one in self._further() if one[0] == _ABOUT_FIELDS]
        about_fields = [_loss(name, value, frames) for name, value, _, frames in of_fields]
        about_fields += [_warning(*one) for one in of_fields]
        losses = tuple(self.changes().values())
        return Findings(losses, warnings, self._damage.words(), self.side_data, tuple(about_fields))

    def damage(self) -> str:
        """Which frames are damaged, in words; empty when none is."""
        return self._damage.of_frames()

    def _order(self) -> Fields:
        """As the film says; where it says nothing, as most of its interlaced frames do, if there are some:
        a progressive picture loses nothing among interlaced ones, but an interlaced one its order."""
        seen = {order: self._frames_with(order) for order in ("top", "bottom")}
        if self._film.fields != "none" or _SOME * sum(seen.values()) < max(1, self._frames):
            return self._film.fields
        return "top" if seen["top"] >= seen["bottom"] else "bottom"

    def _frames_with(self, order: str) -> int:
        sighting = self._seen.get(_ABOUT_FIELDS, {}).get(_FIELDS[order])
        return sighting.frames if sighting else 0

    def _further(self) -> Iterator[tuple[str, str, str, Sighting]]:
        """What changes: each fact, value, what the result says instead, and the frames."""
        for name, seen in self._seen.items():
            is_order = name == _ABOUT_FIELDS
            kept = _FIELDS[self._order()] if is_order else next(iter(seen))
            if len(seen) > 1 or (is_order and not {kept, _FIELDS["none"]}.issuperset(seen)):
                yield from ((name, value, kept, frames) for value, frames in seen.items() if value != kept)


def _loss(name: str, value: str, sighting: Sighting) -> str:
    return f"{name} {value} of {_count(sighting)}"


def _warning(name: str, value: str, kept: str, sighting: Sighting) -> str:
    return f"{name}: {value} in {_count(sighting)}; the result says {kept} throughout"


def _values(facts: FrameFacts) -> dict[str, str]:
    color, aspect = facts.color, facts.sample_aspect
    return {
        "size": f"{facts.width_px}x{facts.height_px}",
        "pixel format": _format(facts.pixel_format),
        "range": "full" if color.full_range else "limited",
        "primaries": str(color.primaries),
        "transfer": str(color.transfer),
        "matrix": str(color.matrix),
        "sample aspect": f"{aspect.numerator}:{aspect.denominator}",
        "rotation": f"{facts.rotation_degrees} degrees",
        _ABOUT_FIELDS: _FIELDS[facts.fields],
    }


def _format(picture: PixelFormat) -> str:
    """Names that mean the same planes are one: range is a fact of its own, and RGB is turned to Y'CbCr."""
    return f"RGB of {picture.bit_depth} bit" if picture.is_rgb else picture.name.replace("yuvj", "yuv")


def _kept(of_film: T, was: T, now: T) -> T:
    """The film's metadata, which its container may state otherwise, unless the frames have changed."""
    return of_film if now == was else now


def _color(film: ColorTags, was: ColorTags, now: ColorTags) -> ColorTags:
    return ColorTags(
        _kept(film.primaries, was.primaries, now.primaries),
        _kept(film.transfer, was.transfer, now.transfer),
        _kept(film.matrix, was.matrix, now.matrix),
        full_range=_kept(film.full_range, was.full_range, now.full_range),
    )


def _refusal(film: FilmInfo, name: str, values: tuple[str, str], where: tuple[int, Fraction]) -> ChangingFilm:
    number, at_s = where
    before = Fraction(int(at_s * 1000), 1000)  # not later than the frame itself
    return ChangingFilm(
        f"{film.path.name} changes its {name} from {values[0]} to {values[1]}"
        f" at frame {number}, {clock(at_s)} after its beginning",
        f"Colour each part for itself: {{end_s}} {float(before):.3f}, then {{start_s}} {float(before):.3f}.",
    )


def _count(sighting: Sighting) -> str:
    frames = "1 frame" if sighting.frames == 1 else f"{sighting.frames} frames"
    return f"{frames}, the first is frame {sighting.first} ({clock(sighting.at_s)})"
