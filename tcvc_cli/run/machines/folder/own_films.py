"""Which films of a folder one shard colours, and what it tells of them."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path, PurePosixPath

from tcvc_cli.errors import MediaError, OutputError, UsageError
from tcvc_cli.run.batch.find import Found
from tcvc_cli.run.batch.options import Batch, result_name
from tcvc_cli.run.batch.report import row_of
from tcvc_cli.run.events import Event, FileEnded, Warned
from tcvc_cli.run.machines.deal import longest_first
from tcvc_cli.run.machines.folder.dealt import Dealt, Known, on_top
from tcvc_cli.run.machines.folder.lengths import frames_of, probed
from tcvc_cli.run.machines.folder.report import (
    ShardReport,
    ShardRow,
    begun,
    now,
    with_rows,
    write_shard_report,
)
from tcvc_cli.run.machines.shard import Shard


def key_of(found: Found) -> str:
    """What a film is called in a deal, wherever a machine has mounted the disk."""
    return (found.below / found.path.name).as_posix()


class OwnFilms:
    """The part of a batch that is one shard's."""

    def __init__(self, batch: Batch, shard: Shard) -> None:
        self._name, self._output, self._shard = batch.name, batch.search.output, shard
        self._dealt = Dealt(self._output, shard.count)
        self._report = begun(shard)
        self._rows: dict[str, ShardRow] = {}
        self._is_told = False  # whether there is a report
        self._is_silent = False  # whether none can be written

    def of(self, files: Sequence[Found]) -> Generator[Event, None, tuple[Found, ...]]:
        """Its own among all `files`, the longest first; what nobody has dealt yet is dealt here. Raises
        OutputError for a deal that is none."""
        known = self._dealt.look()
        fresh = [one for one in files if key_of(one) not in known]
        films = probed(one.path for one in fresh)
        frames = {key_of(one): frames_of(film) for one, film in zip(fresh, films, strict=True)}
        try:
            known = self._dealt.agree(frames, self._group)
        except (OutputError, MediaError) as error:
            yield Warned(f"the deal is of the films that are here now, for it cannot be written: {error}")
            dealt = on_top(known, frames, self._shard.count, self._group)
            known = {**known, **{one.film: one for one in dealt}}
        if not self._is_told:
            yield from self._tell(self._report)
        own = [one for one in files if known[key_of(one)].shard == self._shard.index]
        own.sort(key=lambda one: longest_first(key_of(one), known[key_of(one)].frames))
        return tuple(own)

    @property
    def known(self) -> Known:
        """All films that are dealt by now, to whichever shard. Raises OutputError."""
        return self._dealt.look()

    @property
    def shard(self) -> Shard:
        return self._shard

    def reported(self, events: Generator[Event, None, None]) -> Generator[Event, None, None]:
        """The same events; the shard's report is written before each that ends a film, and at the end."""
        try:
            with closing(events):
                for event in events:
                    if isinstance(event, FileEnded):
                        yield from self._note(event)
                    yield event
        finally:
            if self._is_told:
                list(self._tell(replace(self._report, ended=now())))

    def _note(self, ended: FileEnded) -> Iterator[Warned]:
        film = key_of(Found(ended.input, ended.below))
        row = row_of(ended)
        self._rows[film] = ShardRow(**{one.name: getattr(row, one.name) for one in fields(row)}, film=film)
        self._report = with_rows(self._report, tuple(self._rows.values()))
        yield from self._tell(self._report)

    def _tell(self, report: ShardReport) -> Iterator[Warned]:
        """Warns once where it cannot be written: the films are what counts."""
        if self._is_silent:
            return
        try:
            write_shard_report(report, self._output, self._shard)
            self._is_told = True
        except (OutputError, MediaError) as error:
            self._is_silent = True
            yield Warned(f"the report of shard {self._shard} cannot be written: {error}")

    def _group(self, film: str) -> str:
        return group_of(self._name, film)


def group_of(template: str, film: str) -> str:
    """Films whose results might get one name are one shard's, which then says so."""
    path = PurePosixPath(film)
    try:
        return (path.parent / result_name(template, Path(path.name), "")).as_posix()
    except UsageError:
        return film
