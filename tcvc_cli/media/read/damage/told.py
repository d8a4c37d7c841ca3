"""What of a part of a film is damaged or not there, in words for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Final

from tcvc_cli.media.read.damage.gaps import FrameGaps, Gap
from tcvc_cli.media.structure.integrity.matroska_clusters import BrokenPlace
from tcvc_cli.records import DamagedPacket, FilmInfo, FrameTime

_MOST_PLACES: Final = 8
_FEW_GAPS: Final = 3
_SOME: Final = 50  # of so many packets of sound one


class DamageTold:
    """Sees every frame of a part, and what is found beside them. The part is what is shown from `since_s` on
    and before `until_s`, both counted from the film's first frame."""

    def __init__(self, film: FilmInfo, since_s: Fraction | None, until_s: Fraction | None) -> None:
        self._film, self._since_s, self._until_s = film, since_s, until_s
        self.frames = self._missing = 0
        self._before_s: Fraction | None = None  # when the frame before is shown
        self._begin_s = film.start_s
        self._was_damaged = False
        self._damaged: list[tuple[int, int, Fraction]] = []  # [start, stop), and when
        self._gaps = FrameGaps(film)
        self._beside: dict[tuple[str, int], list[DamagedPacket]] = {}  # by kind and stream
        self._places: list[BrokenPlace] = []

    def see(self, number: int, time: FrameTime, begin_s: Fraction, *, is_damaged: bool) -> None:
        """The next frame of the part; the film begins at `begin_s`."""
        self._begin_s = begin_s
        if is_damaged:
            self._damage(number, time.seconds - begin_s)
        if is_damaged or self._was_damaged:
            self._miss(time.seconds)
        self._gaps.see(time.pts)
        self._before_s, self._was_damaged = time.seconds, is_damaged

    def see_around(self, time: FrameTime, begin_s: Fraction) -> None:
        """A frame before the part, or the first behind it: what is missing beside it may be of the part."""
        self._begin_s = begin_s
        self._gaps.see(time.pts)

    def _damage(self, number: int, at_s: Fraction) -> None:
        self.frames += 1
        if self._damaged and self._damaged[-1][1] == number:
            start, _, since_s = self._damaged[-1]
            self._damaged[-1] = start, number + 1, since_s
        elif len(self._damaged) <= _MOST_PLACES:
            self._damaged.append((number, number + 1, at_s))

    def _miss(self, at_s: Fraction) -> None:
        """Beside a frame that is damaged others may be gone, and nothing but the times tell of them."""
        steps = 0 if self._before_s is None else round((at_s - self._before_s) * self._film.frame_rate)
        self._missing += max(0, steps - 1)

    def see_beside(self, packets: Sequence[DamagedPacket]) -> None:
        for packet in packets:
            self._beside.setdefault((packet.kind, packet.stream_index), []).append(packet)

    def see_file(self, places: Sequence[BrokenPlace]) -> None:
        self._places += places

    def words(self) -> str:
        """All of it; empty when there is nothing to tell."""
        told = self.of_frames(), self._not_there(), *self._of_others(), self._of_file()
        return "; ".join(filter(None, told))

    def of_frames(self) -> str:
        """Which frames are damaged."""
        if not self._damaged:
            return ""
        places = _listed(_place(*place) for place in self._damaged)
        frames = "1 frame is" if self.frames == 1 else f"{self.frames} frames are"
        gone = f", and about {self._missing} beside them are not there" if self._missing else ""
        return f"{frames} damaged, what is missing there was made up: {places}{gone}"

    def _not_there(self) -> str:
        """Which frames are missing, beside those that are told with damaged ones."""
        gaps, lost = self._gaps_of_part(), self._lost()
        count = max(sum(gap.frames for gap in gaps), len(lost))
        if count <= self._missing:
            return ""
        more = " more" if self._missing else ""
        count -= self._missing
        frames = f"about {count}{more} frame{'s are' if count > 1 else ' is'} not there"
        behind = [f"behind frame {gap.behind} ({self._clock(gap.at_s)})" for gap in gaps]
        places = _listed(behind or dict.fromkeys(self._clock(at_s) for at_s in lost if at_s is not None))
        return f"{frames}: {places}" if places else f"{frames}, as the file tells of its length"

    def _gaps_of_part(self) -> list[Gap]:
        since_s = self._begin_s + (self._since_s or 0)
        until_s = None if self._until_s is None else self._begin_s + self._until_s
        return [part for gap in self._gaps.found() if (part := gap.within(since_s, until_s)) is not None]

    def _clock(self, at_s: Fraction) -> str:
        return clock(at_s - self._begin_s) if at_s >= self._begin_s else "before the first frame"

    def _lost(self) -> list[Fraction | None]:
        found = self._beside.get(("lost", self._film.video_index), [])
        return [one.at_s for one in found if one.at_s is None or self._is_of_part(one.at_s, one.at_s)]

    def _is_of_part(self, since_s: Fraction | None, until_s: Fraction | None) -> bool:
        """What reaches from one to the other, by the clock of the file; None where nobody can say."""
        begin_s = self._begin_s
        is_before = self._since_s and until_s is not None and until_s < begin_s + self._since_s
        is_behind = since_s is not None and self._until_s and since_s >= begin_s + self._until_s
        return not is_before and not is_behind

    def _of_others(self) -> Iterator[str]:
        streams = {stream.index: stream for stream in self._film.streams}
        for (kind, index), packets in sorted(self._beside.items(), key=lambda one: one[0][1]):
            if kind == "lost" or index not in streams:
                continue
            name = f"{streams[index].kind} #{index}"
            yield self._torn(name, packets) if kind == "torn" else self._interrupted(name, packets)

    def _torn(self, name: str, packets: Sequence[DamagedPacket]) -> str:
        times = [clock(one.at_s - self._film.start_s) for one in packets if one.at_s is not None]
        where = f": {_listed(times)}" if times else ""
        packet = "packet" if len(packets) == 1 else "packets"
        return f"{len(packets)} {packet} of {name} miss bytes{where}"

    def _interrupted(self, name: str, gaps: Sequence[DamagedPacket]) -> str:
        """Empty where sound is interrupted often: it is meant to be."""
        if len(gaps) > max(_FEW_GAPS, gaps[-1].number // _SOME):
            return ""
        of_part = [
            one for one in gaps if one.at_s is None or self._is_of_part(one.at_s, one.at_s + one.gap_s)
        ]
        total_s = sum((one.gap_s for one in of_part), Fraction(0))
        times = _listed(clock(one.at_s - self._begin_s) for one in of_part if one.at_s is not None)
        return f"{clock(total_s)} of {name} are not there: from {times}" if of_part else ""

    def _of_file(self) -> str:
        places = [one for one in self._places if self._is_of_part(one.after_s, one.before_s)]
        if not places:
            return ""
        count = sum(one.stop - one.start for one in places)
        what = f"{count} bytes of the file are damaged" if count else "parts of the file are not there"
        return f"{what}: {_listed(map(self._where, places))}"

    def _where(self, place: BrokenPlace) -> str:
        if place.after_s is not None:
            return f"behind {clock(max(Fraction(0), place.after_s - self._begin_s))}"
        return "before the first cluster" if place.before_s is not None else f"at byte {place.start}"


def _listed(places: Iterable[str]) -> str:
    shown = list(places)
    more = ", and more" if len(shown) > _MOST_PLACES else ""
    return ", ".join(shown[:_MOST_PLACES]) + more


def _place(start: int, stop: int, at_s: Fraction) -> str:
    frames = f"frame {start}" if stop == start + 1 else f"frames {start} to {stop - 1}"
    return f"{frames} ({clock(at_s)})"


def clock(seconds: Fraction) -> str:
    """For people."""
    return f"{float(seconds):.3f} s"
