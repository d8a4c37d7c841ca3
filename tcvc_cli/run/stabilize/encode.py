"""The film's frames once more, painted with the steadied colours and encoded."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from contextlib import closing
from pathlib import Path

from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.write.encode import SegmentWriter, output_format
from tcvc_cli.records import Shot
from tcvc_cli.run.events import Event, FramesDone, StageStarted, Steadied, Warned
from tcvc_cli.run.film.memory import AHEAD_FRAMES, BEHIND_FRAMES
from tcvc_cli.run.film.paint import PaintedFrame, paint
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.run.reporting import stages_behind
from tcvc_cli.run.stabilize.colors import SteadyColors
from tcvc_cli.run.stabilize.gauge import Gauge
from tcvc_cli.run.stabilize.matching import Matched
from tcvc_cli.run.stabilize.sources import ColorSource
from tcvc_cli.run.threads import Behind, ahead
from tcvc_cli.settings.film.resolve import look_of

_EVENT_EVERY_S = 0.2


def encode_steadied(
    plan: FilmPlan, source: ColorSource, shots: Sequence[Shot], reach_frames: int, path: Path
) -> Generator[Event, None, Steadied]:
    """All frames of the film into one segment at `path`; says how steady the colours were and are.

    The film is read twice at the same time: small, a window ahead, and as it is, to be painted. So no more
    than a few frames are held at their full size.
    """
    film, options = plan.film, plan.options
    grade = look_of(options.decisions).grade
    target, gauge = output_format(film, options.encoding), Gauge()
    matched = Matched(film, source, plan.size_px)
    yield StageStarted("stabilize", shots[-1].stop, stages_behind(is_proved=options.is_proved))
    with (
        closing(ahead(matched.frames(), AHEAD_FRAMES)) as given,
        closing(ahead(read_frames(film), BEHIND_FRAMES)) as frames,
        SegmentWriter(path, film, options.encoding) as writer,
        Behind[PaintedFrame](
            lambda painted: writer.write(paint(film, target, painted, grade)), BEHIND_FRAMES
        ) as encoder,
    ):
        reported = time.monotonic()
        colors = SteadyColors(shots, reach_frames, gauge).colors(given)
        for done, (ab, frame) in enumerate(zip(colors, frames, strict=False), 1):
            encoder.put(PaintedFrame(frame, ab))
            if time.monotonic() - reported > _EVENT_EVERY_S:
                reported = time.monotonic()
                yield FramesDone("stabilize", done)
    yield FramesDone("stabilize", shots[-1].stop)
    yield from map(Warned, matched.warnings())
    return gauge.result()
