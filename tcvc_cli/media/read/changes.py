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
from tcvc_cli.media.read.side_data import in_order
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
_MOST_PLACES = 8
T = TypeVar("T")


@dataclass(slots=True)
class Sighting:
    """A value that `frames` frames state; the first of them is frame `first`, `at_s` after the beginning."""

    first: int
    at_s: Fraction
    frames: int = 0


class FactsWatch:
    """Sees every frame of a film in order, up to the end of the part that counts."""

    def __init__(self, film: FilmInfo, *, refuses_changes: bool = False) -> None:
        self._film, self._refuses = film, refuses_changes
        self._of_film: FrameFacts | None = None
        self._first: FrameFacts | None = None
        self._last: FrameFacts | None = None
        self._begin_s = Fraction(0)
        self._frames = 0
        self._current: tuple[Sighting, ...] = ()
        self._seen: dict[str, dict[str, Sighting]] = {}
        self._side_data: set[str] = set()
        self._damaged_frames = self._missing_frames = 0
        self._before_s: Fraction | None = None  # when the frame before is shown
        self._was_damaged = False
        self._damaged: list[tuple[int, int, Fraction]] = []  # [start, stop), and when
        self._beside: dict[int, list[DamagedPacket]] = {}  # by stream

    def see(self, number: int, time: FrameTime, facts: FrameFacts, *, is_wanted: bool = True) -> None:
        """Frames before the part count only as what the film's own description is about.

        Raises ChangingFilm at the first frame of another size, format or range, where those are refused.
        """
        if self._of_film is None:
            self._of_film, self._begin_s = facts, time.seconds
        if not is_wanted:
            return
        if facts is not self._last:
            self._change(number, time.seconds - self._begin_s, facts)
        self._frames += 1
        for sighting in self._current:
            sighting.frames += 1
        if facts.is_damaged:
            self._damage(number, time.seconds - self._begin_s)
        if facts.is_damaged or self._was_damaged:
            self._miss(time.seconds)
        self._before_s, self._was_damaged = time.seconds, facts.is_damaged

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

    def _damage(self, number: int, at_s: Fraction) -> None:
        self._damaged_frames += 1
        if self._damaged and self._damaged[-1][1] == number:
            start, _, since_s = self._damaged[-1]
            self._damaged[-1] = start, number + 1, since_s
        elif len(self._damaged) <= _MOST_PLACES:
            self._damaged.append((number, number + 1, at_s))

    def _miss(self, at_s: Fraction) -> None:
        """Beside a frame that is damaged others may be gone, and nothing but the times tell of them."""
        steps = 0 if self._before_s is None else round((at_s - self._before_s) * self._film.frame_rate)
        self._missing_frames += max(0, steps - 1)

    def see_beside(self, packets: Sequence[DamagedPacket]) -> None:
        """What is damaged in the other streams, of all that is read: sound lies between no two frames."""
        for packet in packets:
            self._beside.setdefault(packet.stream_index, []).append(packet)

    @property
    def side_data(self) -> tuple[str, ...]:
        """Every kind that comes with any frame."""
        return in_order(self._side_data)

    @property
    def damaged_frames(self) -> int:
        return self._damaged_frames

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
        damage = "; ".join(filter(None, (self.damage(), *self._damage_beside())))
        return Findings(losses, warnings, damage, self.side_data, tuple(about_fields))

    def _damage_beside(self) -> Iterator[str]:
        for index, packets in sorted(self._beside.items()):
            stream = next(one for one in self._film.streams if one.index == index)
            times = [_clock(one.at_s - self._film.start_s) for one in packets if one.at_s is not None]
            where = f": {', '.join(times[:_MOST_PLACES])}" if times else ""
            more = ", and more" if len(times) > _MOST_PLACES else ""
            packet = "packet" if len(packets) == 1 else "packets"
            yield f"{len(packets)} {packet} of {stream.kind} #{index} miss bytes{where}{more}"

    def damage(self) -> str:
        """Which frames are damaged, in words; empty when none is."""
        if not self._damaged:
            return ""
        places = [_place(*place) for place in self._damaged[:_MOST_PLACES]]
        more = ", and more" if len(self._damaged) > _MOST_PLACES else ""
        frames = "1 frame is" if self._damaged_frames == 1 else f"{self._damaged_frames} frames are"
        gone = f", and about {self._missing_frames} beside them are not there" if self._missing_frames else ""
        return f"{frames} damaged, what is missing there was made up: {', '.join(places)}{more}{gone}"

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
        f" at frame {number}, {_clock(at_s)} after its beginning",
        f"Colour each part for itself: {{end_s}} {float(before):.3f}, then {{start_s}} {float(before):.3f}.",
    )


def _count(sighting: Sighting) -> str:
    frames = "1 frame" if sighting.frames == 1 else f"{sighting.frames} frames"
    return f"{frames}, the first is frame {sighting.first} ({_clock(sighting.at_s)})"


def _place(start: int, stop: int, at_s: Fraction) -> str:
    frames = f"frame {start}" if stop == start + 1 else f"frames {start} to {stop - 1}"
    return f"{frames} ({_clock(at_s)})"


def _clock(seconds: Fraction) -> str:
    return f"{float(seconds):.3f} s"
