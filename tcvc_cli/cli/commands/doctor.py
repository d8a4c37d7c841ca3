"""`tcvc doctor`: what the machine has, and what is wrong."""

from __future__ import annotations

import sys

from tcvc_cli.cli.arguments import Json
from tcvc_cli.cli.console import one_line
from tcvc_cli.errors import TcvcError


def doctor(*, as_json: Json = False) -> None:
    """Print devices, encoders, ffmpeg, weights, memory and free disk; exit code 1 if something is wrong."""
    from tcvc_cli.cli.ndjson import write_record
    from tcvc_cli.run.doctor import examine

    wrong = 0
    for finding in examine():
        wrong += finding.wrong is not None
        if as_json:
            write_record(finding, sys.stdout)
        else:
            line = f"{'ok' if finding.wrong is None else 'WRONG':<6}{finding.name:<20}{finding.value}"
            print(one_line(line if finding.wrong is None else f"{line}: {finding.wrong}"), flush=True)
    if wrong:
        raise TcvcError(f"{wrong} things are wrong", "They are marked above.")
