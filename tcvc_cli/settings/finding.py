"""What each picture shows: a frame of this film, by its name, its time or its luma, or something else.

A name is believed where the luma of that frame does not speak against it. All others are compared with every
frame of the film, which are seen once, small; the likeliest few are then looked at in full.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.errors import BadReference
from tcvc_cli.settings.alignment import Alignment, aligned, likeness_at, searched
from tcvc_cli.settings.candidates import Candidate
from tcvc_cli.settings.luma_match import LumaMatcher, Peak
from tcvc_cli.settings.name_claims import Claim, claim_of
from tcvc_cli.settings.picture_luma import WHOLE, Box, Gray, PictureLuma, luma_of, mirrored
from tcvc_cli.settings.pictures import ReferencePicture
from tcvc_cli.settings.reference import FoundBy, Reference, overlap

LEAST_LIKENESS = 0.62  # of a frame found by luma; other scenes stay below 0.5
LEAST_LIKENESS_OF_NAME = 0.4
_HOPELESS = 0.3  # of the small frames: full ones need not be looked at
_SMALL_PX = 128
_CLIMBED_PEAKS = 2
_STEPS_FRAMES = (6, 3)
_CLOSE_FRAMES = (1, -1, 2, -2, 3, -3)
_CERTAIN = 0.85  # no second look is needed
_MOST_CLIMB_FRAMES = 48
_SURELY_NAMED = 0.9
_CLEARLY = 0.08
_NEARLY = 0.004  # in doubt the earlier frame
_NEARLY_WHOLE = 0.006  # of a side
_SHARED = 0.1  # of the smaller of two pictures of one frame


class FilmLuma(Protocol):
    """The film, as far as it is asked about pictures."""

    @property
    def stem(self) -> str:
        """Its name without suffix."""

    @property
    def frames(self) -> int:
        """How many it has."""

    def luma_of(self, frame: int) -> NDArray[Any]:
        """(h, w) code values of a frame, at full size and any depth."""

    def frame_at(self, time_s: Fraction) -> int | None:
        """The frame that is shown at a time from the start; None after the end."""


@dataclass(frozen=True, slots=True)
class _Open:
    """A picture whose frame is not known yet."""

    place: int
    reference: Reference
    luma: PictureLuma


class ReferenceFinder:
    """First `add` every picture, then `see` every frame if it `needs_frames`, then ask for `references`."""

    def __init__(self, film: FilmLuma) -> None:
        self._film = film
        self._found: list[Reference] = []
        self._open: list[_Open] = []
        self._matcher: LumaMatcher | None = None

    @property
    def needs_frames(self) -> bool:
        return bool(self._open)

    def add(self, candidate: Candidate, picture: ReferencePicture, *, is_named: bool = True) -> None:
        """Of the picture only a small luma is kept, and that only where its name does not tell its frame; it
        is not asked where the file is not `is_named` for a single picture."""
        if self._matcher is not None:
            raise ValueError("the first frame was seen already")
        unknown = Reference(candidate.path, candidate.sha256, notes=picture.notes)
        luma = luma_of(picture)
        reference = _by_name(unknown, luma, self._film) if is_named else unknown
        if reference.frame is None:
            self._open.append(_Open(len(self._found), reference, luma))
        self._found.append(reference)

    def see(self, luma: Gray) -> None:
        """The next frame of the film, small: (h, w) uint8, long side at most about 128 px. Some are kept: it
        must not be written to afterwards."""
        if self._matcher is None:
            self._matcher = LumaMatcher([one.luma for one in self._open])
        self._matcher.see(luma)

    def references(self) -> tuple[Reference, ...]:
        """In the order in which the pictures were added. Raises BadReference for two of one frame."""
        found = self.findings()
        refuse_two_for_one(found)
        return found

    def findings(self) -> tuple[Reference, ...]:
        """As `references`, where two may show one frame."""
        found = list(self._found)
        peaks = self._matcher.peaks() if self._matcher is not None else ((),) * len(self._open)
        for one, some in zip(self._open, peaks, strict=True):
            found[one.place] = _by_luma(one.reference, one.luma, some, self._film)
        return tuple(found)


def refuse_two_for_one(references: Sequence[Reference]) -> None:
    """Two pictures may show different parts of one frame. Raises BadReference."""
    by_frame: dict[int, list[Reference]] = {}
    for one in references:
        if one.frame is not None:
            by_frame.setdefault(one.frame, []).append(one)
    for frame, some in by_frame.items():
        for one, other in combinations(some, 2):
            if overlap(one.box, other.box) > _SHARED:
                names = f"{one.file.name} and {other.file.name}"
                raise BadReference(f"{names} both show frame {frame}", "Leave one of them out.")


def _by_name(unknown: Reference, luma: PictureLuma, film: FilmLuma) -> Reference:
    claim = claim_of(unknown.file.stem, film.stem)
    if claim is None:
        return unknown
    said: FoundBy = "name" if claim.time_s is None else "time"
    frame = _claimed_frame(claim, film)
    if frame is None:
        return _with_note(unknown, f"its name says {_words(claim)}, after the end of the film")
    found = _best_alignment(luma, film.luma_of(frame))
    if found.likeness is None:
        whole = Alignment(WHOLE, None)
        return _settled(unknown, frame, said, whole, "too little is to be seen to compare it by luma")
    if found.likeness < LEAST_LIKENESS_OF_NAME:
        return _with_note(unknown, f"its name says {_words(claim)}, which looks different")
    return _settled(unknown, frame, said, found, *_notes_on_neighbours(luma, frame, found, film))


def _notes_on_neighbours(luma: PictureLuma, frame: int, found: Alignment, film: FilmLuma) -> tuple[str, ...]:
    """Some tools count frames from 1."""
    likeness = found.likeness or 0
    if likeness > _SURELY_NAMED:
        return ()
    for other in (frame - 1, frame + 1):
        if 0 <= other < film.frames:
            near = aligned(luma, film.luma_of(other), found.box).likeness
            if near is not None and near > likeness + _CLEARLY:
                return (f"frame {other} looks more like it",)
    return ()


def _claimed_frame(claim: Claim, film: FilmLuma) -> int | None:
    if claim.time_s is not None:
        return film.frame_at(claim.time_s)
    return claim.frame if claim.frame is not None and claim.frame < film.frames else None


def _words(claim: Claim) -> str:
    return f"frame {claim.frame}" if claim.time_s is None else f"the time {float(claim.time_s):.3f} s"


def _settled(unknown: Reference, frame: int, by: FoundBy, found: Alignment, *notes: str) -> Reference:
    likeness = None if found.likeness is None else round(found.likeness, 4)
    settled = replace(unknown, frame=frame, found_by=by, box=found.box, likeness=likeness)
    return replace(settled, notes=(*unknown.notes, *notes))


def _with_note(reference: Reference, note: str) -> Reference:
    return replace(reference, notes=(*reference.notes, note))


def _best_alignment(luma: PictureLuma, frame: NDArray[Any]) -> Alignment:
    """Of a picture and a frame that are said to be the same."""
    matcher = LumaMatcher([luma])
    matcher.see(_small(frame))
    starts = [WHOLE, *(peak.box for peak in matcher.peaks()[0])]
    found = _likeliest([searched(luma, frame, start) for start in starts])
    return _snapped(luma, frame, found)


def _likeliest(some: Iterable[Alignment]) -> Alignment:
    return max(some, key=lambda one: -2 if one.likeness is None else one.likeness)


def _snapped(luma: PictureLuma, frame: NDArray[Any], found: Alignment) -> Alignment:
    """What lies on the frame but for a fraction of a pixel is not moved."""
    if max(abs(a - b) for a, b in zip(found.box, WHOLE, strict=True)) > _NEARLY_WHOLE:
        return found
    likeness = likeness_at(luma, frame, WHOLE)
    if likeness is None or (found.likeness is not None and likeness < found.likeness - 5 * _NEARLY):
        return found
    return Alignment(WHOLE, likeness)


def _small(frame: NDArray[Any]) -> Gray:
    height, width = frame.shape
    scale = min(1.0, _SMALL_PX / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA))
    drop_bits = 0 if frame.dtype == np.uint8 else max(0, int(small.max()).bit_length() - 8)
    return np.right_shift(small, drop_bits).astype(np.uint8)


def _by_luma(unknown: Reference, luma: PictureLuma, peaks: Sequence[Peak], film: FilmLuma) -> Reference:
    rated = [(searched(luma, peak.small, peak.box), peak.frame) for peak in peaks]
    hopeful = [one for one in rated if one[0].likeness is not None and one[0].likeness > _HOPELESS]
    hopeful.sort(key=lambda one: (-(one[0].likeness or 0), one[1]))
    climbed = [_Climb(luma, film).from_(frame, start) for start, frame in hopeful[:_CLIMBED_PEAKS]]
    found = _first_of_the_likeliest([one for one in climbed if one[0].likeness is not None])
    if found is None or (found[0].likeness or 0) < LEAST_LIKENESS:
        return unknown
    alignment, frame = found
    if _is_mirrored(luma, alignment, film.luma_of(frame)):
        return _with_note(unknown, f"mirrored, it would be frame {frame}")
    return _settled(unknown, frame, "luma", alignment)


def _first_of_the_likeliest(some: Sequence[tuple[Alignment, int]]) -> tuple[Alignment, int] | None:
    if not some:
        return None
    most = max(one[0].likeness or 0 for one in some)
    return min((one for one in some if (one[0].likeness or 0) >= most - _NEARLY), key=lambda one: one[1])


def _is_mirrored(luma: PictureLuma, found: Alignment, frame: NDArray[Any]) -> bool:
    likeness = found.likeness or 0
    other = _best_alignment(mirrored(luma), frame).likeness if likeness < _CERTAIN else None
    return other is not None and other > likeness


class _Climb:
    """From frame to frame as long as the likeness grows."""

    def __init__(self, luma: PictureLuma, film: FilmLuma) -> None:
        self._luma = luma
        self._film = film
        self._seen: dict[int, Alignment] = {}

    def from_(self, frame: int, start: Alignment) -> tuple[Alignment, int]:
        self._look(frame, start.box)
        best = self._climbed(frame, frame)
        if self._likeness(best) < _CERTAIN:
            again = _best_alignment(self._luma, self._film.luma_of(best))
            self._seen = {best: _likeliest([self._seen[best], again])}
            best = self._climbed(best, frame)
        return self._seen[best], best

    def _climbed(self, best: int, origin: int) -> int:
        for steps in (*((step, -step) for step in _STEPS_FRAMES), _CLOSE_FRAMES):
            while (better := self._better(best, steps, origin)) != best:
                best = better
        return best

    def _better(self, best: int, steps: Sequence[int], origin: int) -> int:
        reach = range(
            max(0, origin - _MOST_CLIMB_FRAMES), min(self._film.frames, origin + _MOST_CLIMB_FRAMES)
        )
        near = sorted(best + step for step in steps if best + step in reach)
        for one in near:
            self._look(one, self._seen[best].box)
        return max((best, *near), key=lambda one: self._likeness(one) + (_NEARLY if one == best else 0))

    def _look(self, frame: int, start: Box) -> None:
        if frame not in self._seen:
            luma = self._film.luma_of(frame)
            self._seen[frame] = _snapped(self._luma, luma, aligned(self._luma, luma, start))

    def _likeness(self, frame: int) -> float:
        likeness = self._seen[frame].likeness
        return -2 if likeness is None else likeness
