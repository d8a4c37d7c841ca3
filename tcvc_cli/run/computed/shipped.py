"""Shots of a film for machines that do not see its disk: each is sent what it needs, into a folder that is to
its workers what the work folder is elsewhere, and sends back what is coloured."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tcvc_cli.errors import InputError, UsageError
from tcvc_cli.files import is_plain, sha256_of
from tcvc_cli.run.computed.first_pass import FirstPass
from tcvc_cli.run.computed.shots_task import (
    ShotsOutcome,
    ShotsTask,
    color_shots,
    opened_film,
    shots_ended,
    shots_failed,
    shots_started,
    shots_told,
)
from tcvc_cli.run.events import Event, SegmentDone
from tcvc_cli.run.film.segments import Segment
from tcvc_cli.run.film_memory.kept import kept
from tcvc_cli.run.looks.decided import NO_SETTINGS, files_of, settings_of
from tcvc_cli.run.machines.events import ShotsStarted, Waiting
from tcvc_cli.run.machines.executor import Work
from tcvc_cli.run.machines.shipping.depot import Depot, Lent, Shipment, slice_bytes_for
from tcvc_cli.run.machines.shipping.machine_folder import machine_folder
from tcvc_cli.run.machines.shipping.transfer import bring, fetch
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.run.resume.unfinished import Unfinished
from tcvc_cli.run.resume.work_folder import (
    SHARED_PLAN,
    finished_path,
    mixed_path,
    segment_path,
)
from tcvc_cli.run.shares.groups import Group
from tcvc_cli.run.shares.shared_plan import SharedPlan, keep_shared_plan, shared_plan
from tcvc_cli.settings.candidates import find_candidates

_PLAN: Final = "sent-plan.json"  # with the driver's names of files
_LINE_BYTES: Final = 1 << 20
_PIXEL_BYTES: Final = 8  # two float32; three planes of 16 bits are less


@dataclass(frozen=True, slots=True)
class SentFiles:
    """What a film is made of, by the names under which it is sent."""

    film: str
    shots_file: str | None
    settings_file: str | None
    references: tuple[str, ...]

    def options(self, options: Options, folder: Path) -> Options:
        """The same for a machine that has them in `folder`."""
        return replace(
            options,
            input=folder / self.film,
            shots_file=None if self.shots_file is None else folder / self.shots_file,
            settings_file=None if self.settings_file is None else folder / self.settings_file,
            references=tuple(folder / one for one in self.references),
            sign=None,
            trace_file=None,
            work_folder=None,
        )


@dataclass(frozen=True, slots=True)
class ShippedTask:
    """`shots` as the driver calls its files; `token` is of the run."""

    shots: ShotsTask
    files: SentFiles
    depot: Depot
    token: str


def refuse_unshippable(options: Options) -> None:
    """Raises UsageError for what workers would need and are not sent."""
    settings = settings_of(options)
    decisions = (settings.film, *(one.decisions for one in settings.shots))
    if not options.input.is_file():
        raise UsageError(f"{options.input} is not one file, and is not sent", option="is_shipped")
    if any(files_of(settings)):
        message = f"{settings.file} names pictures, which are not sent to other machines"
        raise UsageError(message, "Leave out {is_shipped}, on machines with one disk.", option="is_shipped")
    if any(one.locked for one in decisions):
        message = f"{settings.file} locks shots, and the result that has them is not sent to other machines"
        raise UsageError(message, "Leave out {is_shipped}, on machines with one disk.", option="is_shipped")


def sent_files(options: Options) -> tuple[SentFiles, Mapping[str, Path]]:
    """The names under which files are sent, the film first, and where they lie. Raises what `find_candidates`
    does."""
    settings = settings_of(options)
    pictures = [one.path for one in find_candidates(options.references).files] if options.references else []
    paths = {f"film{_suffix(options.input)}": options.input}
    paths |= {f"reference-{number:04d}{_suffix(one)}": one for number, one in enumerate(pictures)}
    references = tuple(name for name in paths if name.startswith("reference-"))
    shots_file = settings_file = None
    if options.shots_file is not None:
        shots_file = f"shots{_suffix(options.shots_file)}"
        paths[shots_file] = options.shots_file
    if settings != NO_SETTINGS and settings.file is not None:
        settings_file = "settings.toml"
        paths[settings_file] = settings.file
    return SentFiles(next(iter(paths)), shots_file, settings_file, references), paths


def _suffix(path: Path) -> str:
    return path.suffix if path.suffix[1:].isalnum() and path.suffix.isascii() else ""


def shipment(
    ready: FirstPass, left: Unfinished, paths: Mapping[str, Path], groups: Sequence[Group], workers: int
) -> Shipment:
    """What so many workers need for the groups, beside files that are sent from `paths` under their names,
    the film first, and what they are to bring. Raises InputError for what cannot be read."""
    folder, source = left.journal.folder.absolute(), left.about.source
    film = Lent(next(iter(paths)), source.size_bytes, source.modified_ns, source.sha256)
    found = {**paths, _PLAN: folder / SHARED_PLAN}
    found |= {one.file: folder / one.file for one in kept(ready.memory).settled}
    try:
        lent = [
            (path.absolute(), film if name == film.name else _lent(name, path))
            for name, path in found.items()
        ]
    except OSError as error:
        raise InputError(f"{error.filename} cannot be read: {error.strerror}") from error
    wanted = {
        path.name: most
        for group in groups
        for one in group.segments
        for path, most in _files_of(one, folder, ready.plan)
    }
    return Shipment(lent, folder, wanted, slice_bytes_for(workers))


def _lent(name: str, path: Path) -> Lent:
    stat = path.stat()
    return Lent(name, stat.st_size, stat.st_mtime_ns, sha256_of(path))


def _files_of(segment: Segment, folder: Path, plan: FilmPlan) -> Iterator[tuple[Path, int]]:
    """With the most bytes that each may have: uncoded frames of the whole shot. What says that the others are
    complete is last."""
    seen, film = segment.shot.take.seen, plan.film
    most = (seen.stop - seen.start) * film.width_px * film.height_px * _PIXEL_BYTES + _LINE_BYTES
    yield segment_path(folder, *segment.id), most
    if segment.has_mixed_frames:
        yield mixed_path(folder, *segment.id), most
    yield finished_path(folder, *segment.id), _LINE_BYTES


def color_shipped(task: ShippedTask) -> Generator[Event, None, ShotsOutcome]:
    """As `color_shots`, from what is sent; what is coloured is there when it is told."""
    folder = machine_folder(task.token)
    yield from fetch(task.depot, folder)
    shots = _local(task, folder)
    film = opened_film(shots)
    sending = _Sending(task.depot, folder, [film.groups[key] for key in shots.groups])
    sending.send()  # what a worker left that died
    events = color_shots(replace(shots, groups=tuple(one.key for one in sending.missing)))
    done = list[SegmentDone]()
    while True:
        try:
            event = next(events)
        except StopIteration as end:
            outcome: ShotsOutcome = end.value
            return replace(outcome, task=task.shots)
        if not isinstance(event, SegmentDone):
            yield event
            continue
        done.append(event)
        if sending.send():
            yield from done
            done.clear()


def _local(task: ShippedTask, folder: Path) -> ShotsTask:
    """The same with the names that files have on this machine, and their plan with them."""
    if not is_plain(folder / SHARED_PLAN):
        sent = shared_plan(folder, _PLAN)
        if sent is not None:
            keep_shared_plan(folder, _with_options(sent, task.files.options(sent.plan.options, folder)))
    film, output = folder / task.files.film, folder / f"result{_suffix(task.shots.output)}"
    return replace(task.shots, film=film, output=output, folder=folder)


def _with_options(shared: SharedPlan, options: Options) -> SharedPlan:
    return replace(shared, plan=replace(shared.plan, options=options))


class _Sending:
    """Groups of a task that are coloured go to the depot, and none of their files stays here."""

    def __init__(self, depot: Depot, folder: Path, groups: Sequence[Group]) -> None:
        self._depot, self._folder = depot, folder
        lines = {one: [self._line(segment) for segment in one.segments] for one in groups}
        there = depot.kept([line.name for of_one in lines.values() for line in of_one])
        self.missing = [one for one in groups if not there.issuperset(line.name for line in lines[one])]

    def send(self) -> bool:
        """Whether one was complete."""
        ready = [one for one in self.missing if self._is_complete(one)]
        for group in ready:
            for segment in group.segments:
                self._send(segment)
            self.missing.remove(group)
        return bool(ready)

    def _is_complete(self, group: Group) -> bool:
        return all(is_plain(self._line(one)) for one in group.segments)

    def _line(self, segment: Segment) -> Path:
        return finished_path(self._folder, *segment.id)

    def _send(self, segment: Segment) -> None:
        paths = [path_of(self._folder, *segment.id) for path_of in (segment_path, mixed_path, finished_path)]
        there = [path for path in paths if is_plain(path)]
        bring(self._depot, there)
        for path in reversed(there):
            path.unlink()


def _failed(task: ShippedTask, error: Exception) -> ShotsOutcome:
    return shots_failed(task.shots, error)


def _known(task: ShippedTask) -> ShotsOutcome | None:
    return None


def _started(task: ShippedTask) -> ShotsStarted:
    return shots_started(task.shots)


def _told(task: ShippedTask, event: Event) -> Event | None:
    return event if isinstance(event, Waiting) else shots_told(task.shots, event)


SHIPPED: Final = Work(color_shipped, _failed, _known, _started, shots_ended, _told)
