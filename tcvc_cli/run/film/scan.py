"""The first walk through the film: which frames are wanted, and where its shots begin."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

from tcvc_cli.color.detection import CELLS, ColorWatch, FrameColor
from tcvc_cli.color.matrix import with_matrix
from tcvc_cli.errors import DamagedFilm, StreamNotCarried, UsageError
from tcvc_cli.media.read.changes import FactsWatch
from tcvc_cli.media.read.decode import SmallFrame, read_small_frames
from tcvc_cli.media.read.stated_length import overstated
from tcvc_cli.media.structure.integrity.gif_blocks import broken_blocks
from tcvc_cli.media.structure.integrity.matroska_clusters import broken_places
from tcvc_cli.media.structure.integrity.ogg_pages import broken_pages
from tcvc_cli.media.write.encoders import states_each_order
from tcvc_cli.plan.in_color.overlays import places_of, with_overlays
from tcvc_cli.plan.in_color.parts import marked, parted
from tcvc_cli.plan.shots.detector import LumaShotDetector, ShotDetector
from tcvc_cli.plan.shots.online import OnlineShotDetector
from tcvc_cli.plan.takes import with_room
from tcvc_cli.records import Dissolve, FilmInfo, Findings, Shot
from tcvc_cli.run.events import Event, FramesDone, ShotsFound, StageStarted, Warned
from tcvc_cli.run.options.film import Options, flag_of
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.run.shot_list.fitting import Span
from tcvc_cli.run.shot_list.formats import read_shots
from tcvc_cli.run.shot_list.listing import listed
from tcvc_cli.run.threads import ahead
from tcvc_cli.settings.film.clock import clock_time

Walk: TypeAlias = Generator[int, None, "Scan"]  # what `scan` gives


@dataclass(frozen=True, slots=True)
class Scan:
    """Shots cover frames `[start, stop)`, counted from the film's first frame. `film` is the film as these
    frames show it, and `findings` what they say in mid-stream."""

    start: int
    stop: int
    shots: tuple[Shot, ...]
    film: FilmInfo
    findings: Findings = field(default_factory=Findings)


def shots_of(
    film: FilmInfo,
    *,
    start_s: Fraction | None = None,
    end_s: Fraction | None = None,
    progress: Callable[[int], None] | None = None,
    on_damage: Callable[[str], None] = lambda _: None,
) -> tuple[Shot, ...]:
    """The shots of the film, or of the part that `scan` would see, those in colour marked. `progress` hears
    the number of frames seen, `on_damage` what is damaged or not there, if anything is."""
    walk = scan(film, start_s=start_s, end_s=end_s, finds_color=True)
    while True:
        try:
            seen = next(walk)
        except StopIteration as end:
            found: Scan = end.value
            if found.findings.damage:
                on_damage(found.findings.damage)
            return found.shots
        if progress is not None:
            progress(seen)


def scan(
    film: FilmInfo,
    *,
    start_s: Fraction | None = None,
    end_s: Fraction | None = None,
    shots_file: Path | None = None,
    finds_color: bool = False,
    refuses_changes: bool = False,
    looks_ahead: bool = True,
    is_held: bool = False,
) -> Walk:
    """Generator: yields the number of frames seen now and then, returns a Scan.

    Frames shown before `start_s` or from `end_s` on, both counted from the first frame, are left out; nothing
    behind `end_s` is read, so a film that is damaged there can still be used. An edited list in `shots_file`
    replaces the detector; with a part, it is of the whole film or of the part alone.
    With `finds_color` the shots that are in colour already are marked, and shots are cut where colour
    begins or ends inside; those of an edited list are only marked. Raises ChangingFilm with `refuses_changes`
    when the wanted frames are not all of one size, format and range. Without `looks_ahead` shots begin where
    a film that comes through a pipe shows it: at hard cuts, and behind the dark. Where it `is_held`, the luma
    of a short film stays in memory until `let_go`.
    """
    detector: ShotDetector = LumaShotDetector() if looks_ahead else OnlineShotDetector()
    watch = FactsWatch(film, refuses_changes=refuses_changes, since_s=start_s, until_s=end_s)
    start, seen = 0, 0
    colors: list[FrameColor] = []
    for frame, frame_color in _seen(film, finds_color=finds_color, is_held=is_held):
        time = frame.time
        at_s = time.seconds - film.start_s
        watch.see_beside(frame.damaged_beside)
        if end_s is not None and at_s >= end_s:
            watch.see(seen, time, frame.facts, is_wanted=False)
            break
        seen += 1
        is_wanted = start_s is None or at_s >= start_s
        watch.see(seen - 1, time, frame.facts, is_wanted=is_wanted)
        if is_wanted:
            colors.append(frame_color)
            if shots_file is None:
                detector.feed(frame.luma)
        else:
            start = seen
        if seen % 16 == 0:
            yield seen
    if seen == start:
        raise UsageError("no frame of the film lies in the part to colour", "Check {start_s} and {end_s}.")
    yield seen
    states = [one.is_in_color for one in colors]
    findings = _findings(film, watch)
    if shots_file is not None:
        is_part = start_s is not None or end_s is not None
        given, warnings = read_shots(shots_file, listed(film), Span(start, seen, is_part=is_part))
        parts = marked(given, states, first=start)
        findings = replace(findings, warnings=(*findings.warnings, *warnings))
    else:
        found = [_moved(shot, start) for shot in detector.finish()]
        jumps = {number for number, one in enumerate(colors, start) if one.is_jump}
        parts = parted(found, states, jumps, first=start)
    shots = with_overlays(parts, [one.overlays for one in colors], first=start)
    return Scan(start, seen, with_room(shots), watch.film(), findings)


def _findings(film: FilmInfo, watch: FactsWatch) -> Findings:
    """Of all that was seen, and of the file itself."""
    if film.path.is_file():
        for find in (broken_places, broken_pages, broken_blocks):
            watch.see_file(find(film.path))
    return watch.findings()


def _seen(film: FilmInfo, *, finds_color: bool, is_held: bool) -> Iterator[tuple[SmallFrame, FrameColor]]:
    """Every frame, small, and its colour; none where nobody asks."""
    grey = FrameColor(is_in_color=False)
    if not finds_color or film.pixel_format.is_grey:
        for frame in read_small_frames(film, None, is_held=is_held):
            yield frame, grey
        return
    watch = ColorWatch(with_matrix(film.color, height_px=film.height_px))
    for frame in read_small_frames(film, CELLS, is_held=is_held):
        yield frame, grey if frame.in_cells is None else watch.see(*frame.in_cells)


def _moved(shot: Shot, frames: int) -> Shot:
    mixed = shot.dissolve
    dissolve = None if mixed is None else Dissolve(mixed.start + frames, mixed.stop + frames)
    return replace(shot, start=shot.start + frames, stop=shot.stop + frames, dissolve=dissolve)


def walk_through(film: FilmInfo, options: Options) -> Walk:
    """The scan of a film that is to be coloured with these options."""
    return scan(
        film,
        start_s=options.part.start_s,
        end_s=options.part.end_s,
        shots_file=options.shots_file,
        finds_color=options.color_parts == "keep",
        refuses_changes=True,
        looks_ahead=not options.is_causal,
        is_held=options.memory_mib is None and not options.is_dry_run,
    )


@contextmanager
def walking_ahead(walk: Walk) -> Iterator[Walk]:
    """The same walk, which goes on in a thread from here on; whatever it raises is raised where it is taken
    from. When the block ends it is stopped, however far it is, and the thread has ended."""
    with closing(ahead(_marked(walk), depth=0, name="shots")) as marks:
        next(marks)  # `ahead` begins when it is asked
        yield _unmarked(marks)


def _marked(walk: Walk) -> Generator[int | Scan, None, None]:
    """A mark that it has begun, what it yields, and what it returns."""
    yield 0
    yield (yield from walk)


def _unmarked(marks: Iterator[int | Scan]) -> Walk:
    for mark in marks:
        if isinstance(mark, Scan):
            return mark
        yield mark
    raise AssertionError("a walk ends with a scan or an error")


def find_shots(plan: FilmPlan, walk: Walk | None = None) -> Generator[Event, None, Scan]:
    """The first walk through the film, which may have begun; yields how far it is. Raises as `scan` does."""
    if plan.film.is_photograph:
        return Scan(0, 1, (Shot(0, 1),), plan.film)
    yield StageStarted("shots", plan.film.frame_count)
    walk = walk or walk_through(plan.film, plan.options)
    while True:
        try:
            yield FramesDone("shots", next(walk))
        except StopIteration as end:
            found: Scan = end.value
            one_shot = (Shot(found.start, found.stop),)
            shots = (
                one_shot if plan.method.ignores_cuts else with_room(found.shots, plan.most_dissolve_frames)
            )
            return replace(found, shots=shots)


def as_kept(plan: FilmPlan, found: Scan) -> Scan:
    """What is found, for the result that is planned: some codecs state the fields of each frame."""
    if not (found.findings.about_fields and states_each_order(plan.options.encoding)):
        return found
    film = replace(found.film, has_mixed_fields=True)
    return replace(found, film=film, findings=found.findings.of_each_order())


def refuse_changes(plan: FilmPlan, found: Scan) -> None:
    """Where nothing may be lost, before the work. Raises DamagedFilm or StreamNotCarried."""
    if not plan.options.is_strict:
        return
    name, findings = plan.film.path.name, found.findings
    if findings.damage:
        raise DamagedFilm(f"{name}: {findings.damage}")
    if findings.losses:
        lost = "; ".join(findings.losses)
        raise StreamNotCarried(f"{name} changes in mid-stream: {lost}", "Leave out {is_strict}.")


def shots_found(plan: FilmPlan, found: Scan, *, is_decided: bool = False) -> Iterator[Event]:
    """What there is to do, and what a person should know before the work; `is_decided`: somebody wants shots
    kept as they are."""
    yield ShotsFound(found.shots, sum(map(len, plan.anchors(found.shots))))
    yield from map(Warned, filter(None, (*found.findings.warnings, found.findings.damage)))
    yield from _length_warning(plan)
    yield from _overlay_warning(found.shots)
    yield from _other_pictures_warning(plan.film)
    if not is_decided and all(shot.is_in_color for shot in found.shots):
        recolor = f"{flag_of('color_parts')} recolour"
        yield Warned(f"the whole film is in colour already and is left so; {recolor} colours it")


def _overlay_warning(shots: Sequence[Shot]) -> Iterator[Warned]:
    with_some = [shot for shot in shots if shot.overlays]
    if not with_some:
        return
    places = ", ".join(places_of(one for shot in with_some for one in shot.overlays))
    where = "" if len(with_some) == len(shots) else f" of {len(with_some)} of {len(shots)} shots"
    recolor = f"{flag_of('color_parts')} recolour"
    yield Warned(
        f"a small part of the picture{where} is in colour already ({places}): a logo, lettering or a panel,"
        f" which is kept as it is; {recolor} colours it too"
    )


def _other_pictures_warning(film: FilmInfo) -> Iterator[Warned]:
    """A second angle, or what a broadcast goes on as under another number."""
    others = [
        f"#{one.index}"
        for one in film.streams
        if one.kind == "video" and not one.is_picture and one.index != film.video_index
    ]
    if others:
        are = "is another picture and is" if len(others) == 1 else "are other pictures and are"
        yield Warned(f"{', '.join(others)} {are} not coloured")


def _length_warning(plan: FilmPlan) -> Iterator[Warned]:
    lengths_s = overstated(plan.film)
    if lengths_s is not None:
        stated, true = map(clock_time, lengths_s)
        yield Warned(f"the film's header says that it ends at {stated}, but all that it holds ends at {true}")
