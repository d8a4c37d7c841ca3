"""What a program that reads a run is told of it beside its events: how it begins, and what went wrong."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tcvc_cli.cli.arguments import with_flags
from tcvc_cli.errors import TcvcError

_FILM_NAMES: Final = ("inputs", "film", "original", "first", "colors", "result")  # of arguments
_JSON: Final = "--json"
_END_OF_OPTIONS: Final = "--"


@dataclass(slots=True)
class Told:
    """What is known of the command that runs: whether it is to speak JSON, which film it is about, and lines
    about `found` files that count though nobody named them."""

    is_json: bool = False
    film: Path | None = field(default=None)
    found: list[str] = field(default_factory=list)


_TOLD = Told()


def expect(arguments: Sequence[str]) -> None:
    """Before they are read, for they may be wrong."""
    options = arguments[: arguments.index(_END_OF_OPTIONS)] if _END_OF_OPTIONS in arguments else arguments
    _TOLD.is_json, _TOLD.film, _TOLD.found = _JSON in options, None, []


def note(parameters: Mapping[str, Any]) -> None:
    """What a command was given, read; whether JSON is wanted may stand in a file too."""
    _TOLD.is_json = bool(parameters.get("as_json"))
    given = next((parameters[name] for name in _FILM_NAMES if parameters.get(name)), None)
    films = given if isinstance(given, list | tuple) else [given]
    _TOLD.film = films[0] if len(films) == 1 and isinstance(films[0], Path) else None


def note_found(line: str) -> None:
    """To be said when the work begins; what is wrong before that is one line, which names the file itself."""
    _TOLD.found.append(line)


def say_found() -> None:
    while _TOLD.found:
        print(_TOLD.found.pop(0), file=sys.stderr, flush=True)


def write_start() -> None:
    from tcvc_cli.cli.ndjson import plain, write_line  # nothing of it is needed for help
    from tcvc_cli.cli.printed import Start

    write_line(plain(Start()), sys.stdout)


def write_failure(error: TcvcError) -> None:
    """Where JSON is wanted. Raises BrokenPipeError."""
    if _TOLD.is_json:
        from tcvc_cli.cli.ndjson import plain, write_line
        from tcvc_cli.cli.printed import Failure

        failure = Failure(error.exit_code, str(error), with_flags(error.advice), _TOLD.film)
        line = plain(failure)
        write_line({"event": line.pop("event"), **line}, sys.stdout)
