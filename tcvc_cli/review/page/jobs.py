"""What is to be made of each shot, and by what it is known whether it has been made already."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tcvc_cli.plain import to_json
from tcvc_cli.plan.takes import Take, takes
from tcvc_cli.records import Shot
from tcvc_cli.review.page.identity import FileMark
from tcvc_cli.review.page.pictures.clips import frames_of_clip
from tcvc_cli.review.page.pictures.shares import Share
from tcvc_cli.review.subject import Subject
from tcvc_cli.run.provenance.sidecar import FinishedSegment
from tcvc_cli.settings.film.decisions import Look

BUILDER: Final = 1  # another number, and every shot is made anew


@dataclass(frozen=True, slots=True)
class Origin:
    """What the pictures of all shots are made from. `palettes` says of which network's, None of none."""

    film: FileMark
    result: FileMark | None
    palettes: str | None


@dataclass(frozen=True, slots=True)
class ShotJob:
    """The shot `number`, from 1. `still` and `clip_frames` are frames of the film, rising; `fingerprint` is
    that of everything that counts for its pictures."""

    number: int
    take: Take
    look: Look
    still: int
    clip_frames: tuple[int, ...]
    fingerprint: str

    @property
    def is_in_color(self) -> bool:
        """Whether it has colours of its own: one that somebody keeps as it is has not."""
        return self.take.shot.is_in_color and not self.look.is_kept

    @property
    def frames(self) -> tuple[int, ...]:
        """All that are read, rising, each once."""
        return tuple(sorted({self.still, *self.clip_frames}))


@dataclass(frozen=True, slots=True)
class _Ingredients:
    builder: int
    film: FileMark
    result: FileMark | None
    segments: tuple[FinishedSegment, ...]
    shot: Shot
    still: int
    frames: tuple[int, ...]
    share: Share
    look: Look
    palettes: str | None


def jobs_of(subject: Subject, looks: Sequence[Look], origin: Origin, share: Share) -> tuple[ShotJob, ...]:
    """Of all shots, in the order of time."""
    pairs = zip(takes(subject.shots), looks, strict=True)
    return tuple(
        _job(subject, number, take, look, origin, share) for number, (take, look) in enumerate(pairs, 1)
    )


def _job(subject: Subject, number: int, take: Take, look: Look, origin: Origin, share: Share) -> ShotJob:
    shot, still = take.shot, still_of_take(take)
    frames = frames_of_clip(shot, share.most_frames)
    segments = tuple(_segments(subject, shot)) if _is_as_stated(subject, origin) else ()
    ingredients = _Ingredients(
        builder=BUILDER,
        film=origin.film,
        result=None if segments else origin.result,
        segments=segments,
        shot=shot,
        still=still,
        frames=frames,
        share=share,
        look=look,
        palettes=origin.palettes,
    )
    fingerprint = hashlib.sha256(to_json(ingredients).encode()).hexdigest()
    return ShotJob(number, take, look, still, frames, fingerprint)


def still_of_take(take: Take) -> int:
    """The middle one of the frames that show nothing but this shot, or of all where there are none."""
    pure, shot = take.pure, take.shot
    span = pure if pure.start < pure.stop else shot
    return (span.start + span.stop - 1) // 2


def _is_as_stated(subject: Subject, origin: Origin) -> bool:
    """Whether the result is the file that its sidecar tells of."""
    if subject.sidecar is None or origin.result is None:
        return False
    stated = subject.sidecar.result
    return (stated.bytes, stated.modified_ns) == (origin.result.bytes, origin.result.modified_ns)


def _segments(subject: Subject, shot: Shot) -> Iterator[FinishedSegment]:
    """Those of the result that all frames of the shot stand in; none where the sidecar does not tell of all
    of them. The same keys, the same pictures."""
    stated = subject.sidecar.segments if subject.sidecar else ()
    there = [one for one in stated if one.start < shot.stop and shot.start < one.stop]
    covered = sum(min(one.stop, shot.stop) - max(one.start, shot.start) for one in there)
    if covered == len(shot):
        yield from (FinishedSegment(one.key, one.number, one.start, one.stop, one.first_pts) for one in there)
