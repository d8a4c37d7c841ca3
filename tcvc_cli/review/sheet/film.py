"""The story of the contact sheets of one film: find its shots, look at a frame of each, lay them out."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tcvc_cli.errors import InputError
from tcvc_cli.files import always, is_there, never
from tcvc_cli.media.inspect.computed_tag import has_computed_tag
from tcvc_cli.media.structure.computed_mark import has_mark
from tcvc_cli.names import sheet_path
from tcvc_cli.plan.takes import Take, takes
from tcvc_cli.records import FilmInfo
from tcvc_cli.review.finding import find_subject
from tcvc_cli.review.frames import frames_of, upright
from tcvc_cli.review.pictures import Bytes, picture_of, picture_size
from tcvc_cli.review.sheet.drawing import MOST_SHOTS, Cell, picture_px, sheet_of
from tcvc_cli.review.sheet.request import SheetRequest
from tcvc_cli.review.subject import Subject
from tcvc_cli.run.contact_sheets import numbered, refuse_sheets, write_sheet
from tcvc_cli.run.events import Event, FramesDone, Skipped, StageStarted
from tcvc_cli.run.film.output import inputs_of
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.resume.source_file import refuse_pipe
from tcvc_cli.run.showing_events import SheetsLaid
from tcvc_cli.settings.film.clock import clock_time


@dataclass(frozen=True, slots=True)
class Shown:
    """A shot, by its number from 1, and the frame that stands for it."""

    number: int
    frame: int
    starts: str
    note: str


def lay_sheets(request: SheetRequest) -> Generator[Event, None, None]:
    """Writes the sheets, the first one last, so that where it stands all do; ends with SheetsLaid.

    Raises what `find_subject`, `refuse_sheets`, `frames_of` and `write_sheet` do.
    """
    started, options = time.monotonic(), request.options
    refuse_pipe(options.input)
    first = options.result_path(sheet_path(options.input))
    if is_there(first) and options.on_existing == "skip":
        yield Skipped(first)
        return
    _refuse(request, [first])
    subject = yield from find_subject(options.input, request.result, shots_file=options.shots_file)
    shown = shown_of(subject)
    sheets = tuple(numbered(first, index) for index in range(-(-len(shown) // MOST_SHOTS)))
    result = None if subject.result is None else subject.result.path
    _refuse(request, sheets, result)
    yield from _write(options, subject, shown, sheets)
    yield SheetsLaid(sheets, result, len(shown), time.monotonic() - started)


def shown_of(subject: Subject) -> tuple[Shown, ...]:
    """Of each shot the middle of the frames that show nothing else, or of all that show it where there are
    none. Raises InputError where there is no shot."""
    if not subject.shots:
        raise InputError(f"no shot of {subject.film.path.name} is known")
    rate = subject.film.frame_rate
    return tuple(
        Shown(number, middle_of(take), clock_time(take.shot.start / rate), _note(subject, number, take))
        for number, take in enumerate(takes(subject.shots), 1)
    )


def middle_of(take: Take) -> int:
    """The number of the frame that stands for a shot."""
    span = take.pure if take.pure.start < take.pure.stop else take.seen
    return (span.start + span.stop - 1) // 2


def _note(subject: Subject, number: int, take: Take) -> str:
    """By the sidecar where its shots are those that are shown."""
    stated = () if subject.sidecar is None else subject.sidecar.shots
    look = stated[number - 1].look if len(stated) == len(subject.shots) else None
    if look is not None and look.is_kept:
        return "kept"
    return "in colour" if take.shot.is_in_color else ""


def _refuse(request: SheetRequest, sheets: Sequence[Path], found: Path | None = None) -> None:
    options = request.options
    results = filter(None, (request.result, found))
    may_overwrite = options.on_existing == "overwrite"
    refuse_sheets(sheets, (*inputs_of(options), *results), may_overwrite=may_overwrite)


def _write(
    options: Options, subject: Subject, shown: Sequence[Shown], sheets: Sequence[Path]
) -> Generator[Event, None, None]:
    """One sheet's pictures are held at a time, and the first sheet's."""
    yield StageStarted("sheet", len(shown))
    may_replace = always if options.on_existing == "overwrite" else never
    is_computed = subject.result is not None and _is_computed(subject.result)
    most = -(-len(shown) // len(sheets))
    cells, first = _cells(subject, shown, picture_px(most)), list[Cell]()
    for index, sheet in enumerate(sheets):
        some: list[Cell] = []
        for cell in islice(cells, most):
            some.append(cell)
            yield FramesDone("sheet", cell.number)
        first = some if index == 0 else first
        if index > 0:
            pixels = sheet_of(*_head(subject, len(shown), index, len(sheets)), some, cells_of_first=most)
            write_sheet(sheet, pixels, may_replace, is_computed=is_computed)
    pixels = sheet_of(*_head(subject, len(shown), 0, len(sheets)), first)
    write_sheet(sheets[0], pixels, may_replace, is_computed=is_computed)


def _is_computed(result: FilmInfo) -> bool:
    path = result.path
    return has_mark(path) if result.is_photograph else has_computed_tag(path)


def _cells(subject: Subject, shown: Sequence[Shown], longer_px: int) -> Iterator[Cell]:
    numbers = [one.frame for one in shown]
    sides = [_pictures(subject.film, numbers, longer_px)]
    if subject.result is not None:
        sides.append(_pictures(subject.result, list(map(subject.in_result, numbers)), longer_px))
    for one, *pictures in zip(shown, *sides, strict=True):
        yield Cell(one.number, one.starts, one.note, tuple(pictures))


def _pictures(film: FilmInfo, numbers: Sequence[int], longer_px: int) -> Iterator[Bytes]:
    size = picture_size(film, longer_px)
    for frame in frames_of(film, numbers):
        yield upright(picture_of(film, frame, size), frame)


def _head(subject: Subject, shots: int, index: int, sheets: int) -> tuple[str, str]:
    """The name of the film, and what stands below it."""
    legend = [f"{shots} shot{'' if shots == 1 else 's'}"]
    if subject.result is not None:
        legend.append(f"left before, right after: {subject.result.path.name}")
    if subject.first_frame:
        starts = clock_time(subject.first_frame / subject.film.frame_rate)
        legend.append(f"a part of the film, from {starts}; shots are counted in it")
    if sheets > 1:
        legend.insert(0, f"sheet {index + 1} of {sheets}")
    return subject.film.path.name, "    ".join(legend)
