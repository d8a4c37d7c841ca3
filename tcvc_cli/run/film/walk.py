"""Decode, colour, encode, remux: the walk of a film once its shots are found."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tcvc_cli.errors import MediaError, ProofFailed
from tcvc_cli.measure.appraisal import Appraisal, joined
from tcvc_cli.media.carry.rehearsal import WantedFrames, rehearse
from tcvc_cli.media.carry.remux import remux
from tcvc_cli.plan.takes import Take, takes
from tcvc_cli.records import COMPUTED, CarriedStream, DroppedStream, SyntheticColors
from tcvc_cli.run.computed.first_pass import FirstPass
from tcvc_cli.run.computed.spread import color_spread
from tcvc_cli.run.computed.standing import standing, with_recovered
from tcvc_cli.run.computing import Computing
from tcvc_cli.run.credentials.sign import Credentials, Signing, signing_of
from tcvc_cli.run.credentials.source import with_lost_credentials
from tcvc_cli.run.events import Event, Resumed, StageStarted, StartedAfresh, StreamsCarried, Warned
from tcvc_cli.run.film.missing import color_missing
from tcvc_cli.run.film.scan import Scan
from tcvc_cli.run.film.segments import Segment
from tcvc_cli.run.film_memory.take_memory import FilmMemory
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.run.provenance.declaration import declare
from tcvc_cli.run.provenance.sidecar import FinishedSegment
from tcvc_cli.run.provenance.verify_before_naming import Verifier
from tcvc_cli.run.reporting import Report, reported, stages_behind
from tcvc_cli.run.resume.finished_result import machines_of, stated_segments
from tcvc_cli.run.resume.unfinished import Unfinished
from tcvc_cli.run.resume.work_folder import files_of, remove_all_but, segment_path
from tcvc_cli.run.shares.distribution import ALONE, Distribution, Joined, Spread
from tcvc_cli.run.shares.machine import Machine
from tcvc_cli.run.shares.missing import refuse_missing

TAGS = {COMPUTED: "tcvc: the colours of this film were computed"}


@dataclass(frozen=True, slots=True)
class ColoredFilm:
    """What became of the film's streams, what can be said of the colours of each shot, the segments that the
    result was joined from and who made them, and what it says of its colours."""

    streams: StreamsCarried
    appraisals: tuple[Appraisal | None, ...]
    declared: SyntheticColors | None
    segments: tuple[FinishedSegment, ...] = ()
    machines: tuple[Machine, ...] = ()
    credentials: Credentials | None = None


def color_film(
    ready: FirstPass, computing: Computing, left: Unfinished, distribution: Distribution = ALONE
) -> Generator[Event, None, ColoredFilm]:
    """Colour every segment that neither the journal nor a finished result holds, then join all with the
    film's other streams. Raises ShotsMissing where others were to colour them."""
    plan, found, memory, journal = ready.plan, ready.found, ready.memory, left.journal
    frame_count = found.stop - found.start
    there = standing(ready, left)
    yield from map(Warned, there.division.warnings)
    if isinstance(distribution, Joined):
        refuse_missing(there, plan.film, journal.folder)
    segments, has_segments = there.segments, journal.segment_count() > 0
    _remove_stale(there.kept, left)
    kept = with_recovered(there, ready, left)
    yield from left.told_damage()
    yield StageStarted("colorize", frame_count, stages_behind(is_proved=plan.options.is_proved))
    if not kept and left.changes and has_segments:
        yield StartedAfresh(left.changes)
    yield from _resumed(segments, kept, left)
    part = plan.options.part
    wanted = WantedFrames(found.start, found.stop, part.start_s, part.end_s)
    rehearse(plan.film, plan.output, wanted, plan.options.encoding)
    if isinstance(distribution, Spread):
        yield from color_spread(ready, left, segments, kept, distribution.machines)
    else:
        yield from color_missing(plan, computing, journal, segments, kept, memory)
    shown = sorted((one for one in segments if one.frame_count), key=lambda one: one.start)
    refuse_missing_frames(shown, found)
    journal.refuse_changed(shown)
    declared = declare(plan, left.about.source, found.shots)
    signing = signing_of(plan, left.about.source.sha256, declared)
    streams = yield from _join(plan, found, shown, left, declared, signing)
    machines = machines_of(shown, journal)
    finished_segments = stated_segments(shown, journal, machines)
    appraisals = (_appraised(one, finished_segments, memory) for one in takes(found.shots))
    return ColoredFilm(streams, tuple(appraisals), declared, finished_segments, machines, signing.credentials)


def _appraised(take: Take, segments: Sequence[FinishedSegment], memory: FilmMemory) -> Appraisal | None:
    """Of its own frames: those of a dissolve are nobody's. What is said of it beside other shots changes with
    them, so no segment keeps it."""
    shot = take.shot
    found = joined(one.appraisal for one in segments if shot.start <= one.start < shot.stop)
    apart = None if found is None else memory.apart(take)
    if found is None or apart is None:
        return found
    return replace(found, apart=apart.distance, apart_from=apart.frame)


def _resumed(segments: Sequence[Segment], kept: Sequence[Segment], left: Unfinished) -> Iterator[Event]:
    if kept:
        there = {one.id for one in kept}
        shots = {one.shot.number for one in segments}
        incomplete = {one.shot.number for one in segments if one.id not in there}
        frames = sum(one.frame_count for one in kept)
        yield Resumed(len(kept), frames, len(shots - incomplete), left.changes)


def refuse_missing_frames(shown: Sequence[Segment], found: Scan) -> None:
    """Raises MediaError unless the segments, in order, show every frame once."""
    edges = [found.start, *(one.stop for one in shown)]
    if edges[:-1] != [one.start for one in shown] or edges[-1] != found.stop:
        frames = sum(one.frame_count for one in shown)
        raise MediaError(
            f"{frames} frames were coloured in {len(shown)} segments, and the film has"
            f" {found.stop - found.start}",
            "Start afresh with {is_fresh}.",
        )


def _remove_stale(kept: Sequence[Segment], left: Unfinished) -> None:
    """Whatever is of no use to the plan, now that there is one."""
    journal = left.journal
    journal.forget_all_but(kept)
    remove_all_but(journal.folder, files_of(journal.folder, [one.id for one in kept]))


def _join(
    plan: FilmPlan,
    found: Scan,
    shown: Sequence[Segment],
    left: Unfinished,
    declared: SyntheticColors | None,
    signing: Signing,
) -> Generator[Event, None, StreamsCarried]:
    options, verifier = plan.options, Verifier(plan)
    files = [segment_path(left.journal.folder, *segment.id) for segment in shown]

    def join(report: Report) -> tuple[tuple[CarriedStream, ...], tuple[DroppedStream, ...]]:
        def before_naming(
            part: Path, carried: Sequence[CarriedStream], dropped: Sequence[DroppedStream]
        ) -> None:
            signing(part)
            verifier(part, carried, dropped, report)
            left.watch.check_content()
            left.journal.refuse_changed(shown)  # what was joined is what was checked
            left.journal.mark(part)

        report.begin("remux", stages_behind(is_proved=options.is_proved)[1:])
        return remux(
            plan.film,
            files,
            plan.output,
            start_s=options.part.start_s,
            end_s=options.part.end_s,
            findings=with_lost_credentials(found.findings, plan.film, options.sign),
            extra_tags=TAGS if declared else {},
            declared=declared,
            is_strict=options.is_strict,
            on_complete=before_naming,
            may_replace=left.naming.may_replace,
            draft_folder=left.naming.folder,
            on_frames=report.frames,
            frame_count=found.stop - found.start,
        )

    try:
        carried, dropped = yield from reported(join, found.stop - found.start)
    except ProofFailed:
        yield from verifier.events()
        raise
    streams = StreamsCarried(carried, dropped)
    yield streams
    yield from signing.events()
    yield from verifier.events()
    return streams
