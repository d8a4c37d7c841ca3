"""Does every sound stay beside its picture? Judged by bare packets, without the clock of the program.

A packet of sound and the picture that is shown with it must have moved by the same time. Where the clock of
the original goes back, as in recordings that were joined, this holds in each recording for itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.measure.proof.checks import SECOND_READING, Check, judged
from tcvc_cli.media.witness.bare import NO_TIME, BareFilm, BareTrack, bare_film
from tcvc_cli.media.witness.iso import iso_movie
from tcvc_cli.records import FilmInfo

_BACK_S = 0.1  # a stream that goes back by more begins another recording
_REORDERED = 32  # pictures, more than any coding reorders by
_REORDERED_S = 1.0  # the same by times of presentation
_SPLICE_S = 0.02  # sound and picture of a recording do not end together; so much may be made up at its end
_ROUNDING_S = 0.002
_LENGTH_S = Fraction(1, 10)
_MOST_HIDDEN = 4096  # packets before the beginning that an edit list may hide

Seconds = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shown:
    """The pictures of a film in the order that they are shown, recording by recording: when, and for how
    long, in seconds, and the number of the recording."""

    starts_s: Seconds
    lengths_s: Seconds
    recordings: NDArray[np.intp]

    @property
    def last_s(self) -> float:
        """How long the last one is shown: a container that codes pictures in another order may say it of
        what it codes last."""
        ends_s = self.starts_s[-_REORDERED:] + self.lengths_s[-_REORDERED:]
        return float(ends_s.max() - self.starts_s[-1])


def checks_in_step(
    before: FilmInfo, after: FilmInfo, pairs: Mapping[int, int], chapters_end_s: Fraction = Fraction(0)
) -> Iterator[Check]:
    """`pairs`: which stream of the result is which of the original's; `chapters_end_s`: the end of the last
    chapter of the result. One row for the picture's packets, one
    for those beside it. Nothing is judged where the packets of the picture are not one for each frame, as
    an edit list or field pictures may have it."""
    films = bare_film(before.path, before.container), bare_film(after.path, after.container)
    tracks = [film.tracks.get(info.video_index) for film, info in zip(films, (before, after), strict=True)]
    one, other = tracks
    if "matroska" in after.container:
        as_before_s = films[0].stated_s if "matroska" in before.container else None
        yield _check_of_length(films[1].stated_s, films[1].end_s, as_before_s or Fraction(0))
    if "mp4" in after.container:
        yield _check_of_length(iso_movie(after.path).stated_s, films[1].end_s, chapters_end_s)
    if one is None or other is None:
        return
    was, now = _shown(one), _shown(other)
    if films[0].is_bare and now is not None:
        yield _check_of_rate(one, other, now)
    if was is None or now is None or one.hidden:
        return
    was = _without_lead(was, len(now.starts_s))
    if len(was.starts_s) != len(now.starts_s) or not len(now.starts_s):
        return
    yield _check_of_picture((one, other), was, now, is_timed=not films[0].is_bare)
    yield from _check_of_others(films, one, pairs, (was, now))


def _check_of_length(stated_s: Fraction | None, end_s: Fraction, may_be_s: Fraction = Fraction(0)) -> Check:
    """A player shows no more of a file than it says that there is. Subtitles and the last packets of sound
    may be counted in one way or the other. `may_be_s`: in MP4 chapters are a track, and in Matroska the
    original may say of its last picture what no packet does."""
    words = "none is stated" if stated_s is None else f"{float(stated_s):.3f} s"
    longest_s = max(end_s, may_be_s)
    is_kept = stated_s is None or end_s - _LENGTH_S <= stated_s <= longest_s + _LENGTH_S
    faults = [] if is_kept else [f"{words} are stated, the last packet is over at {float(end_s):.3f} s"]
    return judged(f"{SECOND_READING}length of the file", faults, words)


def _seconds(ticks: NDArray[np.int64], track: BareTrack) -> Seconds:
    seconds = ticks * float(track.tick_s.numerator) / float(track.tick_s.denominator)
    return np.asarray(seconds, np.float64)


def _recordings(track: BareTrack) -> NDArray[np.intp]:
    """Of each packet, in the order of the file; a new one begins where decoding goes back. Packets without a
    time of decoding tell nothing, unless none has one: then pictures may be coded in another order."""
    decoded, starts = (np.asarray(one, np.int64) for one in (track.decoded, track.starts))
    clock, back_s = (decoded, _BACK_S) if np.any(decoded != NO_TIME) else (starts, _REORDERED_S)
    is_back, stated = np.zeros(len(clock), bool), np.flatnonzero(clock != NO_TIME)
    is_back[stated[1:]] = np.diff(clock[stated]) < -back_s / float(track.tick_s)
    return np.cumsum(is_back)


def _shown(track: BareTrack) -> Shown | None:
    starts = np.asarray(track.starts, np.int64)
    if not len(starts) or np.any(starts == NO_TIME):
        return None
    recordings = _recordings(track)
    order = np.lexsort((starts, recordings))
    lengths = np.asarray(track.lengths, np.int64)
    return Shown(_seconds(starts[order], track), _seconds(lengths[order], track), recordings[order])


def _without_lead(was: Shown, count: int) -> Shown:
    """Broadcast recordings begin with pictures that cannot be decoded; two fields may be a packet each."""
    total = len(was.starts_s)
    if total == 2 * count:
        return Shown(was.starts_s[::2], was.lengths_s[::2] * 2, was.recordings[::2])
    if total > count:
        kept = slice(total - count, total)
        return Shown(was.starts_s[kept], was.lengths_s[kept], was.recordings[kept])
    return was


def _check_of_rate(one: BareTrack, other: BareTrack, now: Shown) -> Check:
    """Coded pictures without a container are shown at the rate that their own header says."""
    if one.rate is None or len(now.starts_s) < 2:
        return Check(f"{SECOND_READING}rate", "holds", "none is stated")
    step_s = float(np.ptp(now.starts_s)) / (len(now.starts_s) - 1)
    stated_s = float(1 / one.rate)
    margin_s = float(other.tick_s) / (len(now.starts_s) - 1)
    words = f"{one.rate} a second by the stream's own header"
    is_kept = min(abs(step_s - stated_s), abs(step_s - 2 * stated_s)) <= margin_s + 1e-9
    return judged(
        f"{SECOND_READING}rate", [] if is_kept else [f"{words}, {1 / step_s:.3f} in the result"], words
    )


def _margin_s(*tracks: BareTrack) -> float:
    return float(sum((track.tick_s for track in tracks), Fraction(0)))


def _check_of_picture(
    tracks: tuple[BareTrack, BareTrack], was: Shown, now: Shown, *, is_timed: bool
) -> Check:
    """In each recording every picture moved by the same time, and the last one lasts; of a bare stream, whose
    times FFmpeg makes up, the rate is asked for instead."""
    margin_s, faults = _margin_s(*tracks) + 1e-9, []
    shifts_s = now.starts_s - was.starts_s
    is_rising = np.all(np.diff(now.starts_s) > 0)
    if not is_rising:
        faults.append("times do not rise")
    if is_timed and np.all(np.diff(was.starts_s)[np.diff(was.recordings) == 0] > 0):
        spread_s = max(float(np.ptp(shifts_s[was.recordings == one])) for one in np.unique(was.recordings))
        if spread_s > margin_s:
            faults.append(f"pictures moved against each other by {spread_s * 1000:.3f} ms")
    shortened_s = was.last_s - now.last_s
    if shortened_s > margin_s and now.last_s > 0:
        faults.append(f"the last one lasts {shortened_s * 1000:.3f} ms less long")
    count = int(was.recordings[-1]) + 1
    words = f"{len(now.starts_s)}, one for each frame"
    return judged(
        f"{SECOND_READING}packets of the picture",
        faults,
        words + (f", of {count} recordings" if count > 1 else ""),
    )


def _check_of_others(
    films: tuple[BareFilm, BareFilm], picture: BareTrack, pairs: Mapping[int, int], shown: tuple[Shown, Shown]
) -> Iterator[Check]:
    faults, judged_ones = [], 0
    for here, there in sorted(pairs.items()):
        one, other = films[0].tracks.get(here), films[1].tracks.get(there)
        if one is None or other is None or one.is_beside or one.kind not in ("audio", "subtitle"):
            continue
        found = _out_of_step(picture, one, other, shown)
        judged_ones += found is not None
        if found is not None and found.is_fault:
            faults.append(f"#{here} {found.words}")
    if judged_ones:
        yield judged(
            f"{SECOND_READING}sound in step", faults, f"{judged_ones} streams, each packet beside its picture"
        )


@dataclass(frozen=True, slots=True)
class _Step:
    """By how much a stream moved against the picture at most, in seconds, at which packet, and the margin."""

    shift_s: float
    packet: int
    margin_s: float

    @property
    def is_fault(self) -> bool:
        return abs(self.shift_s) > self.margin_s

    @property
    def words(self) -> str:
        return f"moved by {self.shift_s * 1000:+.3f} ms against the picture, most at packet {self.packet}"


def _out_of_step(
    picture: BareTrack, one: BareTrack, other: BareTrack, shown: tuple[Shown, Shown]
) -> _Step | None:
    """None where the packets of the two cannot be told to be the same."""
    first = _first_common(one, other)
    if first is None:
        return None
    chosen = slice(first, first + len(other))
    starts, there = np.asarray(one.starts, np.int64)[chosen], np.asarray(other.starts, np.int64)
    is_timed = (starts != NO_TIME) & (there != NO_TIME)
    if not np.any(is_timed):
        return None
    recordings = _beside(picture, one, shown[0])[chosen]
    at_s = _seconds(starts, one)
    against_s = _seconds(there, other) - at_s - _shift_of_pictures(at_s, recordings, *shown)
    against_s = np.where(is_timed, against_s, 0.0)
    margins_s = _margin_s(one, other) + _ROUNDING_S + np.where(recordings > 0, _SPLICE_S, 0.0)
    if one.is_guessed:
        against_s = np.full_like(against_s, np.median(against_s[is_timed]))
    worst = int(np.argmax(np.abs(against_s) - margins_s))
    return _Step(float(against_s[worst]), worst, float(margins_s[worst]))


def _first_common(one: BareTrack, other: BareTrack) -> int | None:
    """The first packet of `one` that `other` has; its first ones may be hidden. What was converted has as
    many packets, or cannot be judged."""
    count = len(other)
    here, there = np.asarray(one.checksums), np.asarray(other.checksums)
    for first in range(min(len(one) - count, _MOST_HIDDEN) + 1 if count else 0):
        if np.array_equal(here[first : first + count], there):
            return first
    return 0 if one.codec != other.codec and one.kind == "subtitle" and len(one) == count else None


def _beside(picture: BareTrack, track: BareTrack, shown: Shown) -> NDArray[np.intp]:
    """The recording of the picture that each packet belongs to: by its own clock where that goes back as
    often, else by where it stands in the file."""
    own = _recordings(track)
    last = int(shown.recordings[-1])
    if int(own[-1]) == last:
        return own
    places = np.searchsorted(np.asarray(picture.numbers), np.asarray(track.numbers))
    return np.minimum(_recordings(picture)[np.minimum(places, len(picture) - 1)], last)


def _shift_of_pictures(at_s: Seconds, recordings: NDArray[np.intp], was: Shown, now: Shown) -> Seconds:
    """Of the picture that is shown at each moment of the original."""
    shifts_s = now.starts_s - was.starts_s
    found = np.zeros(len(at_s))
    for one in np.unique(recordings):
        pictures, sounds = np.flatnonzero(was.recordings == one), recordings == one
        if len(pictures):
            places = np.searchsorted(was.starts_s[pictures], at_s[sounds], "right") - 1
            found[sounds] = shifts_s[pictures][np.maximum(places, 0)]
    return found
