"""What became of several films, for a person: a table, and one error for those that failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tcvc_cli.cli.console import name, one_line
from tcvc_cli.cli.layout.tables import print_rows
from tcvc_cli.errors import BatchFailed

if TYPE_CHECKING:
    from tcvc_cli.run.events import FileEnded


def print_table(ended: Sequence[FileEnded]) -> None:
    rows = []
    for one in ended:
        what = one.message if one.message is not None else one.output
        seconds = f"{one.seconds:.1f}"
        rows.append((name(one.input), one.state, str(one.frames or ""), seconds, one_line(what or "")))
    print_rows(("file", "state", "frames", "seconds", "what"), rows)


def refuse_failed(ended: Sequence[FileEnded]) -> None:
    """Raises BatchFailed."""
    failed = sum(one.state == "failed" for one in ended)
    if failed:
        raise BatchFailed(f"{failed} of {len(ended)} files failed")
