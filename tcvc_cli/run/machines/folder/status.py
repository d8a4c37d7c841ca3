"""What stands of a folder's films, by what lies on the disk: nothing is written, and no network is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final, Literal

from tcvc_cli.errors import OutputError, TcvcError, UnreadableInput
from tcvc_cli.media.carry.containers import default_output
from tcvc_cli.names import names_of
from tcvc_cli.plain import from_json
from tcvc_cli.records import FilmInfo
from tcvc_cli.run.batch.find import Found, find_files
from tcvc_cli.run.batch.options import Batch, result_name
from tcvc_cli.run.batch.report import BatchReport, FileRow
from tcvc_cli.run.machines.folder.dealt import DealtFilm, deal_among, newest_deal
from tcvc_cli.run.machines.folder.lengths import frames_of, length_s, probed
from tcvc_cli.run.machines.folder.own_films import key_of
from tcvc_cli.run.machines.folder.report import shard_reports
from tcvc_cli.run.machines.folder.shared import read_text
from tcvc_cli.run.provenance.sidecar import stated_sidecar
from tcvc_cli.run.resume.lease import Holder, holder_of
from tcvc_cli.run.resume.source_file import Source, source_of
from tcvc_cli.run.resume.work_folder import about, shares_in

Standing = Literal["done", "running", "stale", "failed", "waiting"]
SILENT_S: Final = 900.0  # a sign of life comes every ten seconds, and clocks differ by minutes
STANDINGS: Final[tuple[Standing, ...]] = ("done", "running", "stale", "failed", "waiting")


@dataclass(frozen=True, slots=True)
class FilmStatus:
    """How a film stands. `done`: the result is there, and its sidecar says that it is this film's; `running`:
    a process works on it; `stale`: a process has left it unfinished; `failed`: the newest report says so;
    `waiting`: nobody has begun it. `shard` is the one that it is dealt to, "2/8". `host` and `pid` are of who
    works on it, or at `failed` of whose report it is. `frames` and `length_s` are what the film says of
    itself, 0 where it cannot be read; `length_s` is 0 of a photograph."""

    film: Path
    output: Path | None
    state: Standing
    shard: str | None
    host: str | None
    pid: int | None
    exit_code: int | None
    message: str | None
    frames: int
    length_s: Fraction


@dataclass(frozen=True, slots=True)
class StatusTotal:
    """So many films in each state, and so many seconds of film."""

    films: Mapping[str, int]
    length_s: Mapping[str, Fraction]


@dataclass(frozen=True, slots=True)
class _Told:
    """What a report says of a film."""

    row: FileRow
    written_ns: int
    host: str | None = None
    pid: int | None = None


@dataclass(frozen=True, slots=True)
class _OnDisk:
    """What lies beside the results. `told`: by the film's name in a deal, the newest report first; `by_path`
    what a batch has reported."""

    count: int
    dealt: Mapping[str, DealtFilm]
    told: Mapping[str, _Told]
    by_path: Mapping[Path, _Told]
    unreadable: tuple[Path, ...]


class FolderStatus:
    """Of the films of a batch. Raises UnreadableInput, UsageError, or OutputError for a deal that is none."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._disk = _on_disk(batch)

    @property
    def unreadable(self) -> tuple[Path, ...]:
        """Reports that are none."""
        return self._disk.unreadable

    def films(self) -> Iterator[FilmStatus]:
        """Each as it is looked at, in the order in which a batch finds them; of a shard its own."""
        files = tuple(find_files(self._batch.search))
        shard = self._batch.machines.shard
        for found, film in zip(files, probed(one.path for one in files), strict=True):
            one = self._looked_at(found, film)
            if shard is None or one.shard == str(shard):
                yield one

    def of(self, found: Found) -> FilmStatus:
        """At this very moment, but for what reports say."""
        (film,) = probed([found.path])
        return self._looked_at(found, film)

    def _looked_at(self, found: Found, film: FilmInfo | None) -> FilmStatus:
        dealt = self._disk.dealt.get(key_of(found))
        blank = FilmStatus(
            film=found.path,
            output=self._output(found, film),
            state="waiting",
            shard=None if dealt is None else f"{dealt.shard}/{self._disk.count}",
            host=None,
            pid=None,
            exit_code=None,
            message=None,
            frames=frames_of(film),
            length_s=length_s(film),
        )
        ways = (self._running, _done, self._failed, self._stale)
        return next((one for way in ways if (one := way(blank, found)) is not None), blank)

    def _output(self, found: Found, film: FilmInfo | None) -> Path | None:
        batch = self._batch
        if film is None:
            return None
        try:
            suffix = default_output(film, batch.options.encoding).suffix
            return batch.search.output / found.below / result_name(batch.name, found.path, suffix)
        except TcvcError:
            return None

    def _folders(self, output: Path | None) -> tuple[Path, ...]:
        return () if output is None else names_of(output, work_dir=self._batch.options.work_folder).folders

    def _running(self, blank: FilmStatus, found: Found) -> FilmStatus | None:
        folders = self._folders(blank.output)
        shares = (share for folder in folders for share in shares_in(folder))
        for folder in (*folders, *shares):
            holder = holder_of(folder)
            if holder is not None and _is_at_work(holder):
                return replace(blank, state="running", host=holder.host or None, pid=holder.pid)
        return None

    def _failed(self, blank: FilmStatus, found: Found) -> FilmStatus | None:
        every = self._disk.told.get(key_of(found)), self._disk.by_path.get(found.path)
        told = max(filter(None, every), key=lambda one: one.written_ns, default=None)
        if told is None or told.row.state != "failed":
            return None
        row = told.row
        named = replace(blank, host=told.host, pid=told.pid, exit_code=row.exit_code, message=row.message)
        return replace(named, state="failed")

    def _stale(self, blank: FilmStatus, found: Found) -> FilmStatus | None:
        is_left = any(about(folder) is not None for folder in self._folders(blank.output))
        return replace(blank, state="stale") if is_left else None


def _is_at_work(holder: Holder) -> bool:
    """As far as one look tells: who is on another host and has said nothing for long is taken for gone."""
    return holder.is_alive or (holder.is_alive is None and holder.silent_s < SILENT_S)


def total_of(films: Iterable[FilmStatus]) -> StatusTotal:
    """Every state counts, also where no film is in it."""
    counts: dict[str, int] = dict.fromkeys(STANDINGS, 0)
    lengths: dict[str, Fraction] = dict.fromkeys(STANDINGS, Fraction(0))
    for one in films:
        counts[one.state] += 1
        lengths[one.state] += one.length_s
    return StatusTotal(counts, lengths)


def _done(blank: FilmStatus, found: Found) -> FilmStatus | None:
    """Files are read whole where their sizes are as stated and their times are not."""
    sidecar = None if blank.output is None else stated_sidecar(blank.output)
    if sidecar is None:
        return None
    film = sidecar.source
    try:
        if film.bytes is None or film.modified_ns is None or film.bytes != found.path.stat().st_size:
            return None
        is_of_it = (
            source_of(found.path, Source(film.bytes, film.modified_ns, film.sha256)).sha256 == film.sha256
        )
    except (OSError, UnreadableInput):
        return None
    return replace(blank, state="done") if is_of_it else None


def _on_disk(batch: Batch) -> _OnDisk:
    output, shard = batch.search.output, batch.machines.shard
    count, dealt = newest_deal(output) if shard is None else deal_among(shard.count, output)
    told, unreadable = dict[str, _Told](), list[Path]()
    for one in shard_reports(output):
        if isinstance(one, Path):
            unreadable.append(one)
            continue
        report = one.report
        for row in report.files:
            told.setdefault(row.film, _Told(row, one.written_ns, report.host, report.pid))
    by_path = dict[Path, _Told]()
    if batch.report is not None:
        try:
            by_path = _reported(batch.report)
        except (OutputError, ValueError):
            unreadable.append(batch.report)
    return _OnDisk(count, dealt, told, by_path, tuple(unreadable))


def _reported(path: Path) -> dict[Path, _Told]:
    """By a batch. Raises OutputError or ValueError."""
    text = read_text(path)
    if text is None:
        return {}
    written_ns = path.lstat().st_mtime_ns
    return {row.input: _Told(row, written_ns) for row in from_json(BatchReport, text).files}
