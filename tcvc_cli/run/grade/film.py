"""The whole story of a finished colour film that gets other colours, from the file to the film beside it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from tcvc_cli.color.matrix import matrix_of
from tcvc_cli.errors import DamagedFilm, InputError
from tcvc_cli.files import DRAFT_SUFFIX, MayReplace, always, draft_of, never, writing
from tcvc_cli.measure.appraisal import Appraisal
from tcvc_cli.media.carry.containers import default_output
from tcvc_cli.media.carry.losses import refuse_losses
from tcvc_cli.media.carry.rehearsal import WantedFrames, rehearse
from tcvc_cli.media.carry.remux import remux
from tcvc_cli.media.inspect.declared import declared_colors
from tcvc_cli.media.planes import Frame, Plane
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.write.encode import SegmentWriter, try_encoder
from tcvc_cli.media.xmp.packet import packet_for
from tcvc_cli.media.xmp.places import xmp_of
from tcvc_cli.names import Claims, Names, refuse_long, sidecar_path
from tcvc_cli.records import CarriedStream, DroppedStream, FilmInfo, Findings, Shot, SyntheticColors
from tcvc_cli.run.credentials.source import with_lost_credentials
from tcvc_cli.run.events import (
    Event,
    Finished,
    FramesDone,
    GradingStarted,
    Skipped,
    StageStarted,
    StreamsCarried,
    Warned,
)
from tcvc_cli.run.film.memory import AHEAD_FRAMES, BEHIND_FRAMES
from tcvc_cli.run.film.output import choose_output, is_skipped, refuse_existing
from tcvc_cli.run.film.scan import Scan, scan
from tcvc_cli.run.grade.looks import looks_of, passed_over, refuse_nothing
from tcvc_cli.run.grade.original import Original, find_original, luma_of_each_frame
from tcvc_cli.run.grade.parts import Part, mix_of_each_frame, parts_of
from tcvc_cli.run.grade.photograph import carried_of_photograph, grade_photograph
from tcvc_cli.run.grade.regrade import regrader_of, written_film
from tcvc_cli.run.grade.request import GradeRequest
from tcvc_cli.run.grade.sidecar import KIND, SCHEMA_VERSION, GradeSidecar, Stated, grade_json, stated_about
from tcvc_cli.run.looks.decided import settings_of
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.provenance.declaration import declared_at, graded
from tcvc_cli.run.provenance.record import Record
from tcvc_cli.run.provenance.sidecar import named_file, this_tool
from tcvc_cli.run.reporting import Report, reported, stages_behind
from tcvc_cli.run.resume.source_file import Source, refuse_pipe, source_of
from tcvc_cli.run.resume.vouching.film_watch import FilmWatch
from tcvc_cli.run.threads import Behind, ahead
from tcvc_cli.settings.film.decisions import FilmSettings

_EVENT_EVERY_FRAMES = 8


@dataclass(frozen=True, slots=True)
class GradePlan:
    """One film in colour, and how it is to be graded. `original` is None where it keeps its own luma."""

    options: Options
    film: FilmInfo
    output: Path
    original: Original | None
    parts: tuple[Part, ...]
    findings: Findings
    source: Source
    luma_source: Source | None
    declared: SyntheticColors | None
    created: str

    @property
    def luma_of(self) -> FilmInfo:
        """The film whose luma the result has."""
        return self.film if self.original is None else self.original.film


def grade_film(request: GradeRequest) -> Generator[Event, None, None]:
    """Grade one film or photograph; yields what happens.

    A TcvcError leaves nothing under the result's name.
    """
    record = Record()
    yield from record.watch(_grade(request, record))


def _grade(request: GradeRequest, record: Record) -> Generator[Event, None, None]:
    options = request.options
    refuse_pipe(options.input)
    watch = FilmWatch(options.input)
    film = probe(options.input)
    names, settings = names_for(film, options), settings_of(options)
    Claims(_inputs(request, settings)).claim(names, options.input)
    if is_skipped(names.result, options):
        yield Skipped(names.result)
        return
    refuse_existing(names, options)
    refuse_nothing(options, settings)
    plan = yield from _planned(request, settings, film, names.result)
    watches = watch, *_watches_of(plan)
    watch.begin(plan.source)

    def refuse_changed(*_: object) -> None:
        for one in watches:
            one.check_content()

    yield GradingStarted(plan.film, plan.output, plan.luma_of.path, len(plan.parts))
    if film.is_photograph:
        yield StageStarted("grade", 1, then=())
        may_replace = _may_replace(options)
        packet = packet_for(xmp_of(film), plan.declared)
        streams = StreamsCarried(carried_of_photograph(plan.film, packet), ())
        if options.is_strict:
            refuse_losses(plan.output, streams.carried, ())
        grade_photograph(
            plan.film, plan.original, plan.parts[0], plan.output, may_replace, packet, refuse_changed
        )
        yield FramesDone("grade", 1)
    else:
        streams = yield from _grade_frames(plan, refuse_changed)
    yield streams
    yield _finished(plan, streams, record)


def names_for(film: FilmInfo, options: Options) -> Names:
    """The result, `film.graded.mkv` of `film.color.mkv` unless it is named, and its sidecar."""
    if options.output is None:
        suffix = default_output(film, options.encoding).suffix
        stem = film.path.stem.removesuffix(".color")
        usual = film.path.with_name(f"{stem}.graded{suffix}")
        options = replace(options, output=options.result_path(usual))
    result = choose_output(film, options)
    names = Names((result, sidecar_path(result)), ())
    for path in names.files:
        refuse_long(path)
    return names


def _inputs(request: GradeRequest, settings: FilmSettings) -> tuple[Path, ...]:
    return tuple(filter(None, (request.options.input, request.original, settings.file)))


def _planned(
    request: GradeRequest, settings: FilmSettings, film: FilmInfo, output: Path
) -> Generator[Event, None, GradePlan]:
    """Everything that can be wrong with the film, the encoder and the original is found here."""
    if film.pixel_format.is_grey:
        name = film.path.name
        raise InputError(f"{name} has no colours to grade", f"Colour it first: tcvc colorize {name}")
    source = source_of(film.path)
    stated = stated_about(film.path)
    found = find_original(request, film, stated)
    if found.original is not None:
        Claims([found.original.film.path]).refuse_input(output)
    if found.warning is not None:
        yield Warned(found.warning)
    yield from map(Warned, passed_over(settings))
    seen = Scan(0, 1, (Shot(0, 1),), film) if film.is_photograph else (yield from _scanned(film))
    if request.options.is_strict and seen.findings.damage:
        raise DamagedFilm(f"{film.path.name}: {seen.findings.damage}")
    shots, appraisals = _shots(stated, seen)
    plan = GradePlan(
        options=request.options,
        film=seen.film,
        output=output,
        original=found.original,
        parts=parts_of(shots, looks_of(request.options, settings, film, shots), appraisals),
        findings=seen.findings,
        source=source,
        luma_source=None if found.original is None else source_of(found.original.film.path),
        declared=graded(declared_colors(film.path), request.options),
        created=declared_at(),
    )
    if not film.is_photograph:
        matrix_of(plan.film.color, height_px=plan.film.height_px)
        written = written_film(plan.film, plan.luma_of.pixel_format)
        try_encoder(written, plan.options.encoding)
        rehearse(written, output, WantedFrames(seen.start, seen.stop), plan.options.encoding)
    return plan


def _shots(stated: Stated | None, seen: Scan) -> tuple[tuple[Shot, ...], tuple[Appraisal | None, ...]]:
    """Those that the sidecar names with what it says of their colours, when they cover the film; else those
    that were found."""
    if stated is not None and stated.shots and _ends(stated.shots) == (0, seen.stop):
        return stated.shots, stated.appraisals
    return seen.shots, ()


def _ends(shots: Sequence[Shot]) -> tuple[int, int]:
    return shots[0].start, shots[-1].stop


def _scanned(film: FilmInfo) -> Generator[Event, None, Scan]:
    """Once through the film: how many frames there are, and whether they are of one size and format."""
    yield StageStarted("shots", film.frame_count)
    walk = scan(film, refuses_changes=True)
    while True:
        try:
            yield FramesDone("shots", next(walk))
        except StopIteration as end:
            found: Scan = end.value
            yield from map(Warned, filter(None, (*found.findings.warnings, found.findings.damage)))
            return found


def _watches_of(plan: GradePlan) -> Iterator[FilmWatch]:
    """Of the film whose luma the result has, where it is another."""
    if plan.original is not None and plan.luma_source is not None:
        watch = FilmWatch(plan.original.film.path)
        watch.begin(plan.luma_source)
        yield watch


def _grade_frames(
    plan: GradePlan, refuse_changed: Callable[..., None]
) -> Generator[Event, None, StreamsCarried]:
    """In a hidden folder beside the result; then joined with the film's other streams."""
    frame_count, output = plan.parts[-1].stop, plan.output
    with writing(output):
        folder = tempfile.TemporaryDirectory(prefix=".tcvc-", suffix=DRAFT_SUFFIX, dir=output.parent)
    with folder as work:
        segment = Path(work) / "picture.mkv"
        yield StageStarted("grade", frame_count, stages_behind(is_proved=False))
        yield from _encode(plan, segment)

        def join(report: Report) -> tuple[tuple[CarriedStream, ...], tuple[DroppedStream, ...]]:
            report.begin("remux", then=())
            return remux(
                plan.film,
                [segment],
                output,
                findings=with_lost_credentials(plan.findings, plan.film),
                extra_tags={},
                declared=plan.declared,
                is_strict=plan.options.is_strict,
                on_complete=refuse_changed,
                may_replace=_may_replace(plan.options),
                draft_folder=Path(work),
                on_frames=report.frames,
            )

        carried, dropped = yield from reported(join, frame_count)
    picture = plan.film.video_index
    rows = (replace(one, how="graded") if one.stream.index == picture else one for one in carried)
    return StreamsCarried(tuple(rows), dropped)


def _encode(plan: GradePlan, segment: Path) -> Iterator[Event]:
    """Decoding, grading and encoding side by side."""
    coding, luma_format = plan.options.encoding, plan.luma_of.pixel_format
    regrader = regrader_of(plan.film, luma_format, coding)
    with (
        SegmentWriter(segment, written_film(plan.film, luma_format), coding) as writer,
        Behind(writer.write, BEHIND_FRAMES) as encoder,
        closing(ahead(_with_luma(plan), AHEAD_FRAMES)) as frames,
    ):
        for (frame, luma), mix in zip(frames, mix_of_each_frame(plan.parts), strict=False):
            encoder.put(regrader.frame(frame, luma, mix))
            if (frame.number + 1) % _EVENT_EVERY_FRAMES == 0:
                yield FramesDone("grade", frame.number + 1)


def _with_luma(plan: GradePlan) -> Iterator[tuple[Frame, Plane]]:
    frames = read_frames(plan.film)
    if plan.original is None:
        return ((frame, frame.luma) for frame in frames)
    return luma_of_each_frame(plan.original, plan.film, frames)


def _finished(plan: GradePlan, streams: StreamsCarried, record: Record) -> Finished:
    """Writes the sidecar, which stands only when the result does."""
    original, path = plan.original, sidecar_path(plan.output)
    timings = record.timings()
    sidecar = GradeSidecar(
        schema=SCHEMA_VERSION,
        kind=KIND,
        tool=this_tool(),
        source=named_file(plan.film.path, plan.source),
        result=named_file(plan.output, source_of(plan.output)),
        luma=named_file(original.film.path, plan.luma_source) if original and plan.luma_source else None,
        first_frame=0 if original is None else original.first_frame,
        encoding=None if plan.film.is_photograph else plan.options.encoding,
        parts=plan.parts,
        carried=streams.carried,
        dropped=streams.dropped,
        timings=timings,
        seconds=round(record.seconds, 3),
        operator=plan.options.operator,
        created=plan.created,
        declared=plan.declared,
        damage=plan.findings.damage,
    )
    with draft_of(path, may_replace=_may_replace(plan.options)) as draft:
        draft.write_bytes(grade_json(sidecar))
    return Finished(plan.output, path, plan.parts[-1].stop, record.seconds, tuple(timings.items()))


def _may_replace(options: Options) -> MayReplace:
    return always if options.on_existing == "overwrite" else never
