"""The whole story: colours of another tool and a film in, the film in steady colours out."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tcvc_cli.errors import ProofFailed
from tcvc_cli.files import always, never
from tcvc_cli.measure.warp_error import LEAST_CHROMA
from tcvc_cli.media.carry.rehearsal import WantedFrames, rehearse
from tcvc_cli.media.carry.remux import remux
from tcvc_cli.names import Claims, Names
from tcvc_cli.records import CarriedStream, DroppedStream, SyntheticColors
from tcvc_cli.run.credentials.source import with_lost_credentials
from tcvc_cli.run.events import (
    Event,
    FilmProbed,
    Finished,
    FramesDone,
    ShotsFound,
    Skipped,
    StageStarted,
    StreamsCarried,
    Warned,
)
from tcvc_cli.run.film.output import inputs_of, is_skipped, names_for, refuse_existing
from tcvc_cli.run.film.scan import Scan, find_shots, refuse_changes
from tcvc_cli.run.film.walk import TAGS
from tcvc_cli.run.plan import FilmPlan, check_coding
from tcvc_cli.run.provenance.declaration import declaration_of, declared_at
from tcvc_cli.run.provenance.record import Record
from tcvc_cli.run.provenance.sidecar import read_sidecar
from tcvc_cli.run.provenance.verify_before_naming import Verifier
from tcvc_cli.run.reporting import Report, reported, stages_behind
from tcvc_cli.run.resume.lease import Lease
from tcvc_cli.run.resume.source_file import refuse_pipe, source_of
from tcvc_cli.run.resume.vouching.film_watch import FilmWatch
from tcvc_cli.run.resume.work_folder import awaited, remove, reserved
from tcvc_cli.run.stabilize.encode import encode_steadied
from tcvc_cli.run.stabilize.matching import count_warnings
from tcvc_cli.run.stabilize.plan import DEVICE, PRECISION, film_of, options_of_film, plan_of
from tcvc_cli.run.stabilize.provenance import MODEL, SteadyRun, write_sidecar
from tcvc_cli.run.stabilize.requests import Stabilization
from tcvc_cli.run.stabilize.sources import ColorSource, source_at

_SEGMENT = "segment-0000000000000000-0000.mkv"


def stabilize(request: Stabilization) -> Generator[Event, None, None]:
    """Steady the colours of one film; yields what happens.

    A TcvcError leaves nothing under the result's name. A run that was stopped begins again.
    """
    record = Record()
    yield from record.watch(_stabilize(request, record))


def _stabilize(request: Stabilization, record: Record) -> Generator[Event, None, None]:
    for path in (request.colors, request.options.input):
        refuse_pipe(path)
    watch = FilmWatch(request.options.input)
    declared_at()  # a clock that cannot be read is found before the work
    film = film_of(request)
    source = source_at(request.colors, None if request.film is None else film)
    options = options_of_film(request, film)
    names = names_for(film, options)
    Claims((*inputs_of(options), *source.files, *_original_of(request.colors))).claim(names, options.input)
    if is_skipped(names.result, options):
        yield Skipped(names.result)
        return
    refuse_existing(names, options)
    check_coding(options, film)
    plan = plan_of(options, film, names.result)
    yield FilmProbed(film, names.result, "steadied colours", DEVICE, PRECISION)
    yield from map(Warned, awaited(names.folders))
    with _at_work(plan, names) as lease:
        yield from _finish(plan, source, request, lease, record, watch)


def _original_of(colors: Path) -> tuple[Path, ...]:
    """The black-and-white film beside it that its sidecar names, which is not to be lost either."""
    try:
        sidecar = read_sidecar(colors)
    except (OSError, ValueError):
        return ()
    return () if sidecar is None else (colors.with_name(Path(sidecar.source.file).name),)


@contextmanager
def _at_work(plan: FilmPlan, names: Names) -> Iterator[Lease]:
    """In a folder that is locked and gone afterwards."""
    with reserved(names.folders[-1], plan.film.path, plan.output) as lease:
        try:
            yield lease
        finally:
            remove(lease)


def _finish(
    plan: FilmPlan,
    source: ColorSource,
    request: Stabilization,
    lease: Lease,
    record: Record,
    watch: FilmWatch,
) -> Generator[Event, None, None]:
    folder = lease.folder
    found = yield from find_shots(plan)
    refuse_changes(plan, found)
    plan = plan_of(plan.options, found.film, plan.output)
    yield ShotsFound(found.shots, 0)
    yield from map(Warned, filter(None, (*found.findings.warnings, found.findings.damage)))
    count = found.stop if request.film is None else (yield from _counted(source, plan))
    yield from map(Warned, count_warnings(source, count, plan.film, found.stop))
    rehearse(plan.film, plan.output, WantedFrames(found.start, found.stop), plan.options.encoding)
    segment = folder / _SEGMENT
    steadied = yield from encode_steadied(plan, source, found.shots, request.reach_frames, segment)
    yield steadied
    if steadied.chroma_before < LEAST_CHROMA:
        yield Warned(f"{source.path.name} has no colours")
    original = source_of(plan.film.path)
    watch.begin(original)
    declared = declaration_of(plan.options, MODEL, "", plan.film.path.name, original.sha256)
    streams = yield from _join(plan, found, segment, lease, declared, watch)
    damage = found.findings.damage
    run = SteadyRun(
        plan, source, request, found.shots, count, steadied, streams, record, original, declared, damage
    )
    sidecar = write_sidecar(run, folder)
    yield Finished(plan.output, sidecar, found.stop, record.seconds, tuple(record.timings().items()))


def _counted(source: ColorSource, plan: FilmPlan) -> Generator[Event, None, int]:
    yield StageStarted("colors", plan.film.frame_count)
    count = 0
    for count in source.counted():
        yield FramesDone("colors", count)
    return count


def _join(
    plan: FilmPlan,
    found: Scan,
    segment: Path,
    lease: Lease,
    declared: SyntheticColors,
    watch: FilmWatch,
) -> Generator[Event, None, StreamsCarried]:
    verifier = Verifier(plan)

    def join(report: Report) -> tuple[tuple[CarriedStream, ...], tuple[DroppedStream, ...]]:
        def before_naming(
            part: Path, carried: Sequence[CarriedStream], dropped: Sequence[DroppedStream]
        ) -> None:
            verifier(part, carried, dropped, report)
            watch.check_content()
            lease.refuse_lost()

        report.begin("remux", stages_behind(is_proved=plan.options.is_proved)[1:])
        return remux(
            plan.film,
            [segment],
            plan.output,
            findings=with_lost_credentials(found.findings, plan.film),
            extra_tags=TAGS,
            declared=declared,
            is_strict=plan.options.is_strict,
            on_complete=before_naming,
            may_replace=always if plan.options.on_existing == "overwrite" else never,
            draft_folder=lease.folder,
            on_frames=report.frames,
        )

    try:
        carried, dropped = yield from reported(join, found.stop)
    except ProofFailed:
        yield from verifier.events()
        raise
    streams = StreamsCarried(carried, dropped)
    yield streams
    yield from verifier.events()
    return streams
