"""What became of a batch, for programs. Schema: docs/batch.md."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tcvc_cli.media.whole import part_of
from tcvc_cli.run.events import FileEnded

SCHEMA_VERSION = 1


def write_report(ended: Sequence[FileEnded], path: Path) -> None:
    """Written whole or not at all. Raises what `part_of` does."""
    files = [
        {
            "input": str(one.input),
            "output": None if one.output is None else str(one.output),
            "state": one.state,
            "exit_code": one.exit_code,
            "message": one.message,
            "frames": one.frames,
            "seconds": round(one.seconds, 3),
        }
        for one in ended
    ]
    counts = Counter(one.state for one in ended)
    content = {"schema": SCHEMA_VERSION, "counts": dict(sorted(counts.items())), "files": files}
    with part_of(path) as part:
        part.write_text(json.dumps(content, indent=2) + "\n", "ascii")
