"""What every shard tells of itself on the disk that all see, after every film."""

from __future__ import annotations

import json
import os
import re
import socket
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from tcvc_cli.errors import OutputError
from tcvc_cli.files import draft_of, is_plain
from tcvc_cli.plain import from_json, to_plain
from tcvc_cli.run.batch.report import FileRow
from tcvc_cli.run.machines.folder.shared import make_shared_folder, read_shared, shared_folder
from tcvc_cli.run.machines.shard import Shard

_NAMED = re.compile(r"shard-\d{1,5}-of-\d{1,5}\.json", re.ASCII)
SCHEMA: Final = 1


@dataclass(frozen=True, slots=True)
class ShardRow(FileRow):
    """`film` is the path below the folder that is mirrored, with slashes."""

    film: str = ""


@dataclass(frozen=True, slots=True)
class ShardReport:
    """Where and when a shard runs or ran, in UTC as RFC 3339 has it; `ended` is null while it does, and where
    it was killed. `counts`: how many films are in each state; `files` are those of this run."""

    shard: str
    host: str
    pid: int
    started: str
    ended: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    files: tuple[ShardRow, ...] = ()
    tool: Literal["tcvc"] = "tcvc"
    schema: Literal[1] = SCHEMA


@dataclass(frozen=True, slots=True)
class FoundReport:
    """A report, and when its file was last written, by the clock of the disk."""

    report: ShardReport
    written_ns: int


def begun(shard: Shard) -> ShardReport:
    """Of a shard that this process begins."""
    return ShardReport(str(shard), socket.gethostname(), os.getpid(), now())


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def report_path(output: Path, shard: Shard) -> Path:
    return shared_folder(output) / f"shard-{shard.index}-of-{shard.count}.json"


def with_rows(report: ShardReport, rows: Sequence[ShardRow]) -> ShardReport:
    counts: dict[str, int] = dict(sorted(Counter(str(one.state) for one in rows).items()))
    return ShardReport(report.shard, report.host, report.pid, report.started, None, counts, tuple(rows))


def write_shard_report(report: ShardReport, output: Path, shard: Shard) -> None:
    """Over the one of an earlier run of the shard, and nothing else. Raises what `draft_of` does."""
    make_shared_folder(output)
    with draft_of(report_path(output, shard), may_replace=_is_report) as draft:
        draft.write_text(json.dumps(to_plain(report), indent=2) + "\n", "ascii")


def _is_report(path: Path) -> bool:
    try:
        text = read_shared(path) if is_plain(path) else None
        return text is not None and from_json(ShardReport, text).tool == "tcvc"
    except (OutputError, ValueError):
        return False


def shard_reports(output: Path) -> Iterator[FoundReport | Path]:
    """Those in an output folder, the newest first; a path where what is called so is none."""
    folder = shared_folder(output)
    if folder.is_symlink() or not folder.is_dir():
        return
    named = [path for path in folder.iterdir() if _NAMED.fullmatch(path.name) and is_plain(path)]
    stamps = {path: path.stat().st_mtime_ns for path in named}
    for path in sorted(named, key=lambda path: (-stamps[path], path)):
        try:
            text = read_shared(path)
            if text is not None:
                yield FoundReport(from_json(ShardReport, text), stamps[path])
        except (OutputError, ValueError):
            yield path
