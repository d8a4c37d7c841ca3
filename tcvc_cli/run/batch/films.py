"""Many films one after another or side by side, none twice, the rest in spite of one that fails."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path

from tcvc_cli.errors import InternalError, OutputBusy, TcvcError
from tcvc_cli.media.carry.containers import default_output
from tcvc_cli.media.failures import writing
from tcvc_cli.media.read.probe import probe
from tcvc_cli.names import Claims, names_of, refuse_long
from tcvc_cli.run.batch.find import Found, find_files
from tcvc_cli.run.batch.options import Batch, result_name
from tcvc_cli.run.batch.report import refuse_report
from tcvc_cli.run.events import BatchFinished, Event, FileEnded, FileStarted, Finished, Skipped
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.machines.folder.own_films import OwnFilms
from tcvc_cli.run.options.film import Options

_WATCH_EVERY_S = 2.0


def run_batch(batch: Batch) -> Generator[Event, None, None]:
    """Colours every film that is not done. With one worker the films' own events come too.

    Ends with BatchFinished, except when it watches: then it never ends. Raises what is wrong with the
    batch as a whole; what is wrong with a film is in its FileEnded.
    """
    shard = batch.machines.shard
    if shard is None:
        yield from _all_rounds(batch, None)
    else:
        own = OwnFilms(batch, shard)
        yield from own.reported(_all_rounds(batch, own))


def _all_rounds(batch: Batch, own: OwnFilms | None) -> Generator[Event, None, None]:
    made = _Made(batch)
    ended = yield from _found_round(batch, made, own, find_files(batch.search))
    while batch.is_watching:
        time.sleep(_WATCH_EVERY_S)
        yield from _found_round(batch, made, own, _settled(batch))
    if own is not None:
        ended += yield from _latecomers(batch, made, own)
    yield BatchFinished(tuple(ended))


def _found_round(
    batch: Batch, made: _Made, own: OwnFilms | None, found: Iterator[Found]
) -> Generator[Event, None, list[FileEnded]]:
    """All files that were found, or those of them that are this shard's."""
    files = tuple(found)
    made.protect(files)
    chosen = files if own is None else (yield from own.of(files))
    return (yield from _round(batch, made, iter(chosen)))


def _latecomers(batch: Batch, made: _Made, own: OwnFilms) -> Generator[Event, None, list[FileEnded]]:
    """Films that came while the others were coloured: another shard may have dealt them to this one."""
    every: list[FileEnded] = []
    while True:
        tried = made.tried
        new = (one for one in find_files(batch.search) if one.path not in tried)
        ended = yield from _found_round(batch, made, own, new)
        if not ended:
            return every
        every += ended


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


class _Made:
    """What was tried already, and which output belongs to which input."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
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
        with writing(output):
            folder.mkdir(parents=True, exist_ok=True)
        shared = replace(batch.options, memory_shares=batch.workers)
        return replace(shared, input=found.path, output=output, is_done_skipped=True)


def _round(batch: Batch, made: _Made, files: Iterator[Found]) -> Generator[Event, None, list[FileEnded]]:
    """All files once; those that another process was busy with once more at the end."""
    new = filter(made.is_new, files)
    work = _side_by_side if batch.workers > 1 else _one_by_one
    ended = yield from work(batch, made, new)
    busy = [Found(one.input, one.below) for one in ended if one.state == "elsewhere"]
    again = yield from work(batch, made, iter(busy))
    return [one for one in ended if one.state != "elsewhere"] + again


def _one_by_one(batch: Batch, made: _Made, files: Iterator[Found]) -> Generator[Event, None, list[FileEnded]]:
    ended = []
    for found in files:
        yield FileStarted(found.path)
        one = yield from _color(made, found)
        ended.append(one)
        yield one
    return ended


def _color(made: _Made, found: Found) -> Generator[Event, None, FileEnded]:
    started = time.monotonic()
    one, options = _begun(made, found)
    if options is not None:
        one = yield from _tried(one, options)
    return replace(one, seconds=time.monotonic() - started)


def _begun(made: _Made, found: Found) -> tuple[FileEnded, Options | None]:
    """What is decided of a film before its work; without options it has failed already."""
    blank = FileEnded(found.path, found.below, None, "failed", 0, None, 0, 0.0)
    try:
        options = made.options(found)
    except Exception as error:
        return failure(blank, error), None
    return replace(blank, output=options.output), options


def _tried(blank: FileEnded, options: Options) -> Generator[Event, None, FileEnded]:
    """Whatever is wrong with the film is in what is returned."""
    try:
        return (yield from _watched(blank, options))
    except Exception as error:
        return failure(blank, error)


def _watched(blank: FileEnded, options: Options) -> Generator[Event, None, FileEnded]:
    one = blank
    with closing(colorize(options)) as events:
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
    if isinstance(error, TcvcError):
        return replace(blank, exit_code=error.exit_code, message=str(error))
    return replace(blank, exit_code=InternalError.exit_code, message=f"{type(error).__name__}: {error}")


def _in_worker(blank: FileEnded, options: Options) -> FileEnded:
    """One film in a process of its own."""
    started = time.monotonic()
    walk = _tried(blank, options)
    while True:
        try:
            next(walk)
        except StopIteration as end:
            one: FileEnded = end.value
            return replace(one, seconds=time.monotonic() - started)


def _leave_signals_to_parent() -> None:
    """Ctrl-C reaches every process of a terminal; a worker that is ended loses its segment in hand."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _pool(workers: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, context, _leave_signals_to_parent)


def _side_by_side(
    batch: Batch, made: _Made, files: Iterator[Found]
) -> Generator[Event, None, list[FileEnded]]:
    """So many at a time as there are workers."""
    ended: list[FileEnded] = []
    pool = _pool(batch.workers)
    running: dict[Future[FileEnded], FileEnded] = {}
    try:
        while True:
            for found in islice(files, batch.workers - len(running)):
                yield FileStarted(found.path)
                _submit(pool, made, found, running)
            if not running:
                return ended
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                blank, error = running.pop(future), future.exception()
                if error is not None and not isinstance(error, Exception):
                    raise error
                if isinstance(error, BrokenProcessPool):
                    pool = _pool(batch.workers)
                one = future.result() if error is None else failure(blank, error)
                ended.append(one)
                yield one
    except BaseException:
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _submit(
    pool: ProcessPoolExecutor, made: _Made, found: Found, running: dict[Future[FileEnded], FileEnded]
) -> None:
    """A film that cannot be begun is over at once."""
    one, options = _begun(made, found)
    if options is not None:
        try:
            running[pool.submit(_in_worker, one, options)] = one
            return
        except Exception as error:
            one = failure(one, error)
    over: Future[FileEnded] = Future()
    over.set_result(one)
    running[over] = one
