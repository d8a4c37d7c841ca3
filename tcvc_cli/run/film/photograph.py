"""A photograph: a film of one frame, written as a picture."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from tcvc_cli.errors import ProofFailed
from tcvc_cli.media.carry.losses import refuse_losses
from tcvc_cli.media.carry.photograph_extras import lost_extras
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.scans.read import scan_facts
from tcvc_cli.media.write.photograph import write_photograph
from tcvc_cli.media.xmp.packet import packet_for
from tcvc_cli.media.xmp.places import xmp_of
from tcvc_cli.model.runtime import use_repeatable_threads
from tcvc_cli.plan.takes import Take
from tcvc_cli.records import CarriedStream
from tcvc_cli.run.appraise.meter import SegmentMeter
from tcvc_cli.run.computed.first_pass import FirstPass
from tcvc_cli.run.computing import Computing
from tcvc_cli.run.credentials.sign import signing_of
from tcvc_cli.run.credentials.source import lost_credentials
from tcvc_cli.run.events import Event, FramesDone, StageStarted, StreamsCarried
from tcvc_cli.run.film.coloring import paint_shot
from tcvc_cli.run.film.paint import light, paint_photograph
from tcvc_cli.run.film.walk import ColoredFilm
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.run.provenance.declaration import declare
from tcvc_cli.run.provenance.verify_before_naming import Verifier
from tcvc_cli.run.resume.unfinished import Unfinished
from tcvc_cli.run.shares.distribution import ALONE, Distribution


def color_photograph(
    ready: FirstPass, computing: Computing, left: Unfinished, distribution: Distribution = ALONE
) -> Generator[Event, None, ColoredFilm]:
    """Colour the one frame of the film into the result. Nobody can share that."""
    plan, found, looks, memory = ready.plan, ready.found, ready.looks, ready.memory
    declared = declare(plan, left.about.source, found.shots)
    packet = packet_for(xmp_of(plan.film), declared)
    carried = _carried(plan, packet)
    if plan.options.is_strict:
        refuse_losses(plan.output, carried, ())
    yield StageStarted("colorize", 1, then=())
    verifier, signing = Verifier(plan), signing_of(plan, left.about.source.sha256, declared)
    lit = (light(plan.film, frame, plan.size_px) for frame in read_frames(plan.film, 0, 1))
    use_repeatable_threads(is_alone=True)
    computing.choose(looks.of_shot(1))
    remembered = memory.of(Take(found.shots[0]))
    meter = SegmentMeter(computing.engine, range(1), remembered)
    for painted in paint_shot(plan, computing, found.shots[0], lit, remembered, meter):
        picture = paint_photograph(plan.film, painted, looks.of_shot(1).grade)

        def before_naming(part: Path) -> None:
            signing(part)
            verifier(part, carried)
            left.watch.check_content()
            left.journal.mark(part)

        try:
            write_photograph(
                picture,
                plan.output,
                on_complete=before_naming,
                may_replace=left.naming.may_replace,
                draft_folder=left.naming.folder,
                xmp=packet,
                facts=scan_facts(plan.film.path),
            )
        except ProofFailed:
            yield from verifier.events()
            raise
    yield FramesDone("colorize", 1)
    streams = StreamsCarried(carried, ())
    yield streams
    yield from signing.events()
    yield from verifier.events()
    return ColoredFilm(streams, (meter.result(),), declared, credentials=signing.credentials)


def _carried(plan: FilmPlan, packet: bytes | None) -> tuple[CarriedStream, ...]:
    """The picture, with what its file holds beside it and the result does not."""
    film = plan.film
    lost = lost_extras(film, packet) + lost_credentials(film, plan.options.sign)
    return (CarriedStream(film.streams[film.video_index], "coloured", lost),)
