"""What became of a batch, for programs. Schema: docs/batch.md."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tcvc_cli.errors import OutputExists, OutputFolderMissing
from tcvc_cli.files import always, draft_of, is_there, refuse_special
from tcvc_cli.plain import read_json, to_plain
from tcvc_cli.reading import read_plain
from tcvc_cli.run.events import FileEnded, State

_MOST_BYTES: Final = 1 << 28
SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class FileRow:
    """What became of one film; `exit_code` and `message` are those that `tcvc colorize` would end with."""

    input: Path
    output: Path | None
    state: State
    exit_code: int
    message: str | None
    frames: int
    seconds: float


@dataclass(frozen=True, slots=True)
class BatchReport:
    """`counts`: how many films are in each state."""

    schema: int
    counts: Mapping[str, int]
    files: tuple[FileRow, ...]


def is_report(path: Path) -> bool:
    """Whether a report of ours stands there, which the next batch may replace."""
    if not path.is_file():
        return False
    try:
        content = read_json(read_plain(path, _MOST_BYTES))
        rows = content["files"]
        return isinstance(content["schema"], int) and isinstance(content["counts"], dict) and _are_rows(rows)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _are_rows(rows: object) -> bool:
    wanted = {"input", "output", "state", "exit_code"}
    return isinstance(rows, list) and all(isinstance(row, dict) and wanted <= row.keys() for row in rows)


def refuse_report(path: Path, *, is_overwriting: bool) -> None:
    """Raises OutputError, OutputExists or OutputFolderMissing when no report could be written there."""
    if not path.parent.is_dir():
        raise OutputFolderMissing(f"there is no folder {path.parent}")
    refuse_special(path)
    if is_there(path) and not is_overwriting and not is_report(path):
        raise OutputExists(f"{path} is there already, and is no report", "Give {report} another name.")


def write_report(ended: Sequence[FileEnded], path: Path, *, is_overwriting: bool) -> None:
    """Written completely or not at all, over an earlier report. Raises what `draft_of` does."""
    counts = Counter(one.state for one in ended)
    content = BatchReport(SCHEMA_VERSION, dict(sorted(counts.items())), tuple(map(row_of, ended)))
    with draft_of(path, may_replace=always if is_overwriting else is_report) as draft:
        draft.write_text(json.dumps(to_plain(content), indent=2) + "\n", "ascii")


def row_of(one: FileEnded) -> FileRow:
    return FileRow(
        one.input, one.output, one.state, one.exit_code, one.message, one.frames, round(one.seconds, 3)
    )
