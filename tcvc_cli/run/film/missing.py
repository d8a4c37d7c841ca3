"""The segments that are not on disk yet: decoded, coloured, encoded, and entered in the journal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.color.grade import UNCHANGED
from tcvc_cli.model.memory.shot_memory import NOTHING, ShotMemory
from tcvc_cli.model.shot import ShotState
from tcvc_cli.plan.in_color.overlays import merged
from tcvc_cli.records import Dissolve
from tcvc_cli.run.appraise.meter import SegmentMeter
from tcvc_cli.run.computing import Computing
from tcvc_cli.run.events import Event, FramesDone, SegmentDone, ShotStarted, Warned
from tcvc_cli.run.film.coloring import ShotPainter, paint_dissolve
from tcvc_cli.run.film.encoding import Colored, SegmentBegun, SegmentColored, SegmentEncoder
from tcvc_cli.run.film.frames import FrameReader
from tcvc_cli.run.film.memory import BEHIND_FRAMES, may_look_ahead
from tcvc_cli.run.film.segments import Segment, ShotPlan
from tcvc_cli.run.film_memory.take_memory import FilmMemory
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.run.resume.journal import Journal
from tcvc_cli.run.resume.mixed_colors import read_mixed, write_mixed
from tcvc_cli.run.resume.work_folder import mixed_path
from tcvc_cli.run.threads import ahead
from tcvc_cli.workers import Workers

Floats = NDArray[np.float32]
_EVENTS: Final = 64  # and finished segments, waiting to be heard of


def color_missing(
    plan: FilmPlan,
    computing: Computing,
    journal: Journal,
    segments: Sequence[Segment],
    kept: Iterable[Segment],
    memory: FilmMemory,
) -> Iterator[Event]:
    """All `segments` of the film but those that are `kept`: each is entered in the journal when it is on
    disk, while others are in the works. `memory` is what is remembered for the film's takes.

    Decoding, the model, and encoding are threads of their own, with short queues between them; what is done
    for single frames is done in others (docs/performance.md).
    """
    there = {one.id for one in kept}
    missing = [one for one in segments if one.id not in there]
    if not missing:
        return
    numbers = {one.id: number for number, one in enumerate(segments, 1)}
    states = {one.id: journal.state_before(one) for one in _first_of_shots(missing)}
    shared = (frame for one in segments if one.part is None for frame in range(one.start, one.stop))
    done_frames = sum(one.frame_count for one in segments if one.id in there)
    encoder = SegmentEncoder(plan, journal, Workers(computing.threads, "paint"), done_frames)
    shots = [one.shot.take.shot for one in missing]
    has_chroma = any(one.is_in_color or one.overlays for one in shots)
    stop = max(one.stop for one in segments)
    with FrameReader(plan, stop, shared, has_chroma=has_chroma) as reader:
        colorer = _Colorer(plan, computing, journal.folder, reader, memory, states)
        colored = ahead(colorer.color(missing), BEHIND_FRAMES, name="model")
        with closing(colored), closing(ahead(encoder.encoded(colored), _EVENTS, name="encode")) as finished:
            for item in finished:
                if not isinstance(item, SegmentColored):
                    yield item
                    continue
                segment = item.segment
                journal.keep(segment, item.state, item.appraisal)
                yield FramesDone("colorize", encoder.done_frames)
                yield SegmentDone(numbers[segment.id], len(segments), segment.frame_count)


def _first_of_shots(missing: Sequence[Segment]) -> Iterator[Segment]:
    """Of each shot, the first part that is missing: it may go on from one that is not."""
    shots = set[str]()
    for one in missing:
        if one.part is not None and one.key not in shots:
            shots.add(one.key)
            yield one


def _first_reads(missing: Sequence[Segment]) -> list[float]:
    """The first frame that each segment or any behind it asks for. Of a shot, only its first one asks: the
    others go on where it ended."""
    reads, shot_at_hand = list[float](), ""
    for one in missing:
        goes_on = one.part is not None and one.key == shot_at_hand
        shot_at_hand = shot_at_hand if one.part is None else one.key
        reads.append(float("inf") if goes_on else one.reads_from)
    return list(accumulate(reversed(reads), min))[::-1]


def _anchors(segment: Segment) -> Iterator[int]:
    """Those of the window, or the last of several, that the engine has coloured when a frame is finished."""
    for step in segment.part.steps if segment.part else ():
        yield from (one for one in step.samplings[-1].anchors if one < step.next_start)


@dataclass(frozen=True, slots=True)
class _Begun:
    """A shot of which some parts are to be coloured."""

    shot: ShotPlan
    painter: ShotPainter
    memory: ShotMemory


class _Colorer:
    """The model's side: colours one segment after another. `states` are those to begin with, where a shot is
    not begun at its first part."""

    def __init__(
        self,
        plan: FilmPlan,
        computing: Computing,
        folder: Path,
        reader: FrameReader,
        memory: FilmMemory,
        states: Mapping[tuple[str, int], ShotState | None],
    ) -> None:
        self._plan, self._computing, self._folder, self._reader = plan, computing, folder, reader
        self._memory, self._states = memory, states
        window_frames = plan.clips_per_window * plan.options.interval_frames + 1
        self._looks_ahead = may_look_ahead(plan.film, window_frames)
        self._at_hand: _Begun | None = None
        self._next: _Begun | None = None

    def color(self, missing: Sequence[Segment]) -> Iterator[Colored]:
        """What `SegmentEncoder` takes."""
        following = (*missing[1:], None)
        for segment, then, first_read in zip(missing, following, _first_reads(missing), strict=True):
            self._reader.keep_from(first_read)
            self._computing.engine.begin()
            yield from self._dissolve(segment) if segment.part is None else self._part(segment, then)
            yield from map(Warned, self._computing.engine.take_notices())

    def _part(self, segment: Segment, then: Segment | None) -> Iterator[Colored]:
        begun = self._at_hand
        if begun is None or begun.shot.fingerprint != segment.key:
            begun = self._at_hand = self._next or self._begin(segment)
            self._next = None
            self._computing.choose(begun.shot.look)
            yield ShotStarted(begun.shot.number, begun.shot.take.shot)
        mixed: dict[int, Floats] = {}
        frames = range(segment.start, segment.stop)
        meter = SegmentMeter(self._computing.engine, frames, begun.memory, _anchors(segment))
        if segment.frame_count:
            yield SegmentBegun(segment, begun.shot.look.grade)
        steps = segment.part.steps if segment.part else ()
        for painted in begun.painter.paint(steps, meter, partial(self._begin_ahead, begun, then)):
            if segment.start <= painted.frame.number < segment.stop:
                yield painted
            elif painted.ab is not None:
                mixed[painted.frame.number] = painted.ab
        if mixed:
            write_mixed(mixed_path(self._folder, *segment.id), mixed)
        yield SegmentColored(segment, begun.painter.state, meter.result())

    def _begin(self, segment: Segment) -> _Begun:
        """A shot, at its first segment that is missing."""
        take = segment.shot.take
        frames = self._reader.read(segment.reads_from, take.seen.stop)
        memory, state = self._memory.of(take), self._states[segment.id]
        painter = ShotPainter(
            self._plan, self._computing, take, frames, state, memory, looks_ahead=self._looks_ahead
        )
        is_windowed = self._plan.method.way == "windows"
        return _Begun(segment.shot, painter, memory if is_windowed else NOTHING)

    def _begin_ahead(self, at_hand: _Begun, then: Segment | None) -> None:
        """What other threads can do for the segment that comes `then`. Where the network is to look at a shot
        otherwise, that waits until it comes."""
        if then is None or then.part is None or not then.part.steps:
            return
        begun, look, other = at_hand, at_hand.shot.look, then.shot.look
        if then.key != at_hand.shot.fingerprint:
            if (look.palette, look.vivid) != (other.palette, other.vivid):
                return
            begun = self._next = self._begin(then)
        begun.painter.look_ahead(then.part.steps[0])

    def _dissolve(self, segment: Segment) -> Iterator[Colored]:
        dissolve = Dissolve(segment.start, segment.stop)
        old, new = (self._mixed(one, dissolve) for one in (segment.before, segment.shot) if one)
        frames = self._reader.read(segment.start, segment.stop)
        grades = (segment.before.look.grade if segment.before else UNCHANGED, segment.shot.look.grade)
        overlays = merged(
            one for shot in (segment.before, segment.shot) if shot for one in shot.take.shot.overlays
        )
        if grades[0] == grades[1]:
            yield SegmentBegun(segment, grades[0])
            yield from paint_dissolve(dissolve, old, new, frames, overlays=overlays)
        else:
            yield SegmentBegun(segment, UNCHANGED)
            yield from paint_dissolve(dissolve, old, new, frames, grades, overlays)
        yield SegmentColored(segment, None)

    def _mixed(self, shot: ShotPlan, dissolve: Dissolve) -> Mapping[int, Floats]:
        """The colours that a shot has given to the frames of a dissolve, or to more."""
        parts = (one for one in shot.parts if one.start < dissolve.stop and dissolve.start < one.stop)
        files = (mixed_path(self._folder, shot.fingerprint, part.number) for part in parts)
        return {number: ab for file in files for number, ab in read_mixed(file).items()}
