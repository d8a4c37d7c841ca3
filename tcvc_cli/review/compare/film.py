"""The story of a comparison: pair the frames of two films, lay them out, encode, take the sound along."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path
from typing import Final

from tcvc_cli.color.limited import planes_for_showing, tags_for_showing
from tcvc_cli.color.matrix import matrix_of
from tcvc_cli.errors import EmptyFilm, InputError
from tcvc_cli.files import DRAFT_SUFFIX, always, is_there, never, refuse_special, writing
from tcvc_cli.media.carry.containers import container_of
from tcvc_cli.media.inspect.computed_tag import computed_tag
from tcvc_cli.media.planes import Frame, pixel_format
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.write.encode import SegmentWriter
from tcvc_cli.media.write.with_sound import join_with_sound, sound_for
from tcvc_cli.names import Claims, Names, compare_path, refuse_long
from tcvc_cli.records import Encoding, FilmInfo, FrameTime
from tcvc_cli.review.compare.pictures import Composer, Floats, picture_size, rgb_of, shape_of, with_labels
from tcvc_cli.review.compare.request import CompareRequest
from tcvc_cli.run.events import Event, FramesDone, Skipped, StageStarted, StreamsCarried, Warned
from tcvc_cli.run.film.output import is_skipped
from tcvc_cli.run.provenance.sidecar import stated_sidecar
from tcvc_cli.run.resume.source_file import refuse_pipe
from tcvc_cli.run.showing_events import ComparisonStarted, ComparisonWritten
from tcvc_cli.run.threads import Behind, ahead

_EVENT_EVERY_FRAMES = 8
_HELD_FRAMES: Final = 4  # of each film, and of what waits for the encoder
_CODING: Final = Encoding(crf=16)
_FORMAT: Final = "yuv420p"
_ADVICE = "Compare films with the same frames."


@dataclass(frozen=True, slots=True)
class Comparison:
    """Frames `[start, stop)` of `before` (to its end when `stop` is None) beside those of `after`. `clock` is
    the one of the two whose times and sound are kept."""

    request: CompareRequest
    before: FilmInfo
    after: FilmInfo
    clock: FilmInfo
    output: Path
    composer: Composer
    start: int = 0
    stop: int | None = None

    @property
    def picture(self) -> FilmInfo:
        """What is encoded."""
        wide, high = self.composer.whole_px
        return replace(
            self.clock,
            width_px=wide,
            height_px=high,
            sample_aspect=Fraction(1),
            pixel_format=pixel_format(_FORMAT),
            color=tags_for_showing(high),
            fields="none",
        )


@dataclass(frozen=True, slots=True)
class Pair:
    """The pictures (h, w, 3) float32 sRGB of two frames with the same `number`, and when they are shown, and
    how many `seconds` after the first pair."""

    number: int
    left: Floats
    right: Floats
    time: FrameTime
    seconds: float


def compare_films(request: CompareRequest) -> Generator[Event, None, None]:
    """Writes the film for showing; ends with ComparisonWritten. A TcvcError leaves nothing of it.

    Raises InputError for photographs, and where the films have not the same frames; and what `probe`,
    `read_frames`, `SegmentWriter` and `join_with_sound` do.
    """
    started, options = time.monotonic(), request.options
    output = options.result_path(compare_path(options.input))
    _refuse(request, output)
    if is_skipped(output, options):
        yield Skipped(output)
        return
    plan = _planned(request, output)
    wide, high = plan.composer.whole_px
    yield ComparisonStarted(plan.before, plan.after, plan.start, output, wide, high)
    yield from _warnings(plan)
    with writing(output):
        folder = tempfile.TemporaryDirectory(prefix=".tcvc-", suffix=DRAFT_SUFFIX, dir=output.parent)
    with folder as work:
        segment = Path(work) / "picture.mkv"
        yield StageStarted("compare", _frame_count(plan))
        frames = yield from _encode(plan, segment)
        yield FramesDone("compare", frames)
        carried, dropped = join_with_sound(
            plan.picture,
            segment,
            plan.clock,
            output,
            computed=_computed(plan),
            may_replace=always if options.on_existing == "overwrite" else never,
            draft_folder=Path(work),
        )
    yield StreamsCarried(carried, dropped)
    yield ComparisonWritten(output, frames, time.monotonic() - started)


def _refuse(request: CompareRequest, output: Path) -> None:
    """Whatever can be said of the names alone."""
    films = request.options.input, request.other
    for film in films:
        refuse_pipe(film)
    container_of(output)
    refuse_long(output)
    Claims(films).claim(Names((output,), ()), films[0])
    if is_there(output):
        refuse_special(output)


def _planned(request: CompareRequest, output: Path) -> Comparison:
    before, after = probe(request.options.input), probe(request.other)
    for film in (before, after):
        if film.is_photograph:
            raise InputError(f"{film.path.name} is a photograph", "Lay it on a sheet: tcvc sheet.")
        matrix_of(film.color, height_px=film.height_px)
    start, stop = _part(before, after)
    first = next(read_frames(before, 0, 1), None)
    if first is None:
        raise EmptyFilm(f"{before.path.name} has no frame")
    size = picture_size(shape_of(before, first), request.room_px, request.layout)
    composer = with_labels(Composer(request.layout, size), request.labels)
    clock = after if (start, stop) != (0, None) else _clock(before, after, output)
    return Comparison(request, before, after, clock, output, composer, start, stop)


def _part(before: FilmInfo, after: FilmInfo) -> tuple[int, int | None]:
    """Which frames of `before` the other film shows, where its sidecar says that it is a part of it."""
    stated = stated_sidecar(after.path)
    if stated is None or not stated.shots or stated.source.file != before.path.name:
        return 0, None
    if stated.options.get("start_s") is None and stated.options.get("end_s") is None:
        return 0, None
    return stated.shots[0].start, stated.shots[-1].stop


def _clock(before: FilmInfo, after: FilmInfo, output: Path) -> FilmInfo:
    """The first film, unless the file can hold the sound of the second one only."""
    return after if not sound_for(before, output) and sound_for(after, output) else before


def _warnings(plan: Comparison) -> Iterator[Event]:
    """What the files state of their lengths may be wrong, so only the frames decide."""
    counts = (plan.before.frame_count, plan.after.frame_count)
    if plan.stop is None and abs(counts[0] - counts[1]) > 1:
        yield Warned(f"the films state {counts[0]} and {counts[1]} frames; both need the same")


def _frame_count(plan: Comparison) -> int:
    return plan.before.frame_count if plan.stop is None else plan.stop - plan.start


def _computed(plan: Comparison) -> str | None:
    found = (computed_tag(film.path) for film in (plan.after, plan.before))
    return next((words for words in found if words is not None), None)


def _encode(plan: Comparison, segment: Path) -> Generator[Event, None, int]:
    """Decoding, laying out and encoding side by side; returns how many frames there are."""
    done = 0
    with (
        SegmentWriter(segment, plan.picture, _CODING) as writer,
        Behind[Pair](lambda pair: writer.write(_shown(plan, pair)), _HELD_FRAMES) as encoder,
        closing(ahead(_pairs(plan), _HELD_FRAMES)) as pairs,
    ):
        for pair in pairs:
            encoder.put(pair)
            done += 1
            if done % _EVENT_EVERY_FRAMES == 0:
                yield FramesDone("compare", done)
    return done


def _pairs(plan: Comparison) -> Iterator[Pair]:
    first_s, size = None, plan.composer.size_px
    both = zip_longest(read_frames(plan.before, plan.start, plan.stop), read_frames(plan.after))
    for number, (before, after) in enumerate(both):
        if before is None or after is None:
            shorter = plan.before if before is None else plan.after
            raise InputError(
                f"{shorter.path.name} ends after {number} frames, the other film does not", _ADVICE
            )
        timed = (before if plan.clock is plan.before else after).time
        first_s = timed.seconds if first_s is None else first_s
        left, right = rgb_of(plan.before, before, size), rgb_of(plan.after, after, size)
        yield Pair(number, left, right, timed, float(timed.seconds - first_s))


def _shown(plan: Comparison, pair: Pair) -> Frame:
    whole = plan.composer.picture(pair.left, pair.right, pair.seconds)
    return Frame(pair.number, pair.time, *planes_for_showing(whole))
