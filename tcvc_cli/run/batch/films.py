"""Many films one after another or side by side, none twice, the rest in spite of one that fails."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tcvc_cli.errors import OutputBusy
from tcvc_cli.files import make_folder
from tcvc_cli.limits import unforeseen
from tcvc_cli.media.carry.containers import default_output
from tcvc_cli.media.read.probe import probe
from tcvc_cli.names import Claims, names_of, refuse_long
from tcvc_cli.readers import own_readers
from tcvc_cli.run.batch.find import Found, find_files
from tcvc_cli.run.batch.options import Batch, result_name
from tcvc_cli.run.batch.report import refuse_report
from tcvc_cli.run.events import (
    BatchFinished,
    Event,
    FileEnded,
    FileStarted,
    FileTold,
    Finished,
    Prepared,
    SegmentDone,
    ShotsFound,
    ShotStarted,
    Skipped,
    Warned,
)
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.machines.choice import executor_on
from tcvc_cli.run.machines.executor import Executor, Work
from tcvc_cli.run.machines.folder.helping import unbegun
from tcvc_cli.run.machines.folder.own_films import OwnFilms
from tcvc_cli.run.options.film import Options

_WATCH_EVERY_S = 2.0


def run_batch(batch: Batch) -> Generator[Event, None, None]:
    """Colours every film that is not done. The films' own events come too; of those on a
    cluster in FileTold, of those in processes side by side none.

    Ends with BatchFinished, except when it watches: then it never ends. Raises what is wrong with the
    batch as a whole; what is wrong with a film is in its FileEnded.
    """
    with executor_on(batch.machines, batch.workers) as executor:
        made, shard = _Made(batch, executor.per_machine), batch.machines.shard
        if shard is None:
            yield from _all_rounds(batch, executor, made, None)
        else:
            own = OwnFilms(batch, shard)
            yield from own.reported(_all_rounds(batch, executor, made, own))


def _all_rounds(
    batch: Batch, executor: Executor, made: _Made, own: OwnFilms | None
) -> Generator[Event, None, None]:
    ended = yield from _found_round(executor, made, own, find_files(batch.search))
    if not ended and own is None and not batch.is_watching:
        yield Warned(f"there is no film in {', '.join(batch.search.sources)}")
    while batch.is_watching:
        time.sleep(_WATCH_EVERY_S)
        yield from _found_round(executor, made, own, _settled(batch))
    if own is not None:
        ended += yield from _latecomers(batch, executor, made, own)
        ended += yield from _helped(batch, executor, made, own)
    yield BatchFinished(tuple(ended))


def _found_round(
    executor: Executor, made: _Made, own: OwnFilms | None, found: Iterator[Found]
) -> Generator[Event, None, list[FileEnded]]:
    """All files that were found, or those of them that are this shard's."""
    files = tuple(found)
    made.protect(files)
    chosen = files if own is None else (yield from own.of(files))
    return (yield from _round(executor, made, iter(chosen)))


def _latecomers(
    batch: Batch, executor: Executor, made: _Made, own: OwnFilms
) -> Generator[Event, None, list[FileEnded]]:
    """Films that came while the others were coloured: another shard may have dealt them to this one."""
    every: list[FileEnded] = []
    while True:
        tried = made.tried
        new = (one for one in find_files(batch.search) if one.path not in tried)
        ended = yield from _found_round(executor, made, own, new)
        if not ended:
            return every
        every += ended


def _helped(
    batch: Batch, executor: Executor, made: _Made, own: OwnFilms
) -> Generator[Event, None, list[FileEnded]]:
    """Films of other shards that nobody has begun."""
    files = tuple(find_files(batch.search))
    made.protect(files)
    return (yield from _round(executor, made, unbegun(batch, own.shard, own.known, files)))


def _settled(batch: Batch) -> Iterator[Found]:
    """Files that nobody is writing any more, as far as two looks tell."""
    before = {found.path: _stamp(found.path) for found in find_files(batch.search)}
    time.sleep(_WATCH_EVERY_S)
    for found in find_files(batch.search):
        if found.path in before and _stamp(found.path) == before[found.path]:
            yield found


def _stamp(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError:
        return 0, 0
    return stat.st_size, stat.st_mtime_ns


@dataclass(frozen=True, slots=True)
class FilmTask:
    """A film and how it is coloured; without options it has failed already, as `blank` says."""

    blank: FileEnded
    options: Options | None


class _Made:
    """What was tried already, and which output belongs to which input."""

    def __init__(self, batch: Batch, per_machine: int) -> None:
        self._batch, self._per_machine = batch, per_machine
        self._tried: set[tuple[Path, tuple[int, int]]] = set()
        self._claims = Claims()
        if batch.report is not None:
            self._claims.take(batch.report, batch.report)

    def protect(self, files: Sequence[Found]) -> None:
        """None of them may be written. Raises OutputError when the report would be one, or cannot be."""
        report, is_overwriting = self._batch.report, self._batch.options.on_existing == "overwrite"
        self._claims.protect(found.path for found in files)
        if report is not None:
            self._claims.refuse_input(report)
            refuse_report(report, is_overwriting=is_overwriting)

    def is_new(self, found: Found) -> bool:
        """True once for every content of a file."""
        key = found.path, _stamp(found.path)
        is_new = key not in self._tried
        self._tried.add(key)
        return is_new

    @property
    def tried(self) -> frozenset[Path]:
        """Whatever their content was then."""
        return frozenset(path for path, _ in self._tried)

    def options(self, found: Found) -> Options:
        """Of one film; makes the folder of its result. Raises what `probe` does, OutputError, UsageError."""
        batch = self._batch
        with own_readers():
            film = probe(found.path)
        suffix = default_output(film, batch.options.encoding).suffix
        folder = batch.search.output / found.below
        output = folder / result_name(batch.name, found.path, suffix)
        names = names_of(
            output,
            is_proved=batch.options.is_proved,
            has_premis=batch.options.has_premis,
            work_dir=batch.options.work_folder,
        )
        self._claims.claim(names, found.path)
        refuse_long(output)
        make_folder(folder)
        shared = replace(batch.options, memory_shares=self._per_machine)
        return replace(shared, input=found.path, output=output, is_done_skipped=True)

    def task(self, found: Found) -> FilmTask:
        """What is decided of a film before its work."""
        blank = FileEnded(found.path, found.below, None, "failed", 0, None, 0, 0.0)
        try:
            options = self.options(found)
        except Exception as error:
            return FilmTask(failure(blank, error), None)
        return FilmTask(replace(blank, output=options.output), options)


def _round(
    executor: Executor, made: _Made, files: Iterator[Found]
) -> Generator[Event, None, list[FileEnded]]:
    """All files once; those that another process was busy with once more at the end."""
    ended = yield from executor.run(FILMS, map(made.task, filter(made.is_new, files)))
    busy = [Found(one.input, one.below) for one in ended if one.state == "elsewhere"]
    again = yield from executor.run(FILMS, map(made.task, busy))
    return [one for one in ended if one.state != "elsewhere"] + again


def color_film(task: FilmTask) -> Generator[Event, None, FileEnded]:
    """Whatever is wrong with the film is in what is returned."""
    started = time.monotonic()
    try:
        one = yield from _watched(task)
    except Exception as error:
        one = failure(task.blank, error)
    return replace(one, seconds=time.monotonic() - started)


def _watched(task: FilmTask) -> Generator[Event, None, FileEnded]:
    one = task.blank
    assert task.options is not None
    with closing(colorize(task.options)) as events:
        for event in events:
            if isinstance(event, Skipped):
                one = replace(one, state="done before")
            elif isinstance(event, Finished):
                one = replace(one, state="done", frames=event.frames)
            yield event
    return one


def failure(blank: FileEnded, error: Exception) -> FileEnded:
    """How a film's error stands in the report."""
    if isinstance(error, OutputBusy):
        return replace(blank, state="elsewhere", message=str(error))
    told = unforeseen(error)
    return replace(blank, exit_code=told.exit_code, message=str(told))


def failed_film(task: FilmTask, error: Exception) -> FileEnded:
    return failure(task.blank, error)


def known_film(task: FilmTask) -> FileEnded | None:
    """A film that cannot be begun is over at once."""
    return task.blank if task.options is None else None


def film_started(task: FilmTask) -> FileStarted:
    return FileStarted(task.blank.input)


def film_ended(one: FileEnded) -> FileEnded:
    return one


def film_told(task: FilmTask, event: Event) -> Event | None:
    """All but what would be too much of many films at once."""
    is_for_one = isinstance(event, Prepared | ShotsFound | ShotStarted | SegmentDone)
    return None if is_for_one else FileTold(task.blank.input, event)


FILMS: Final = Work(color_film, failed_film, known_film, film_started, film_ended, film_told)
