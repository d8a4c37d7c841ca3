"""Records as JSON: one object a line, so that another program can read a run as it goes."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from fractions import Fraction
from math import isfinite
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final, TextIO

from tcvc_cli.run.events import FileTold

if TYPE_CHECKING:
    from tcvc_cli.run.events import Event


LINES_SCHEMA: Final = 1


def plain(value: Any) -> Any:
    """JSON's own types: a dataclass by its fields, a Path by its name, a Fraction as "num/den"."""
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    match value:
        case PurePath():
            return str(value)
        case Fraction():
            return f"{value.numerator}/{value.denominator}"
        case float() if not isfinite(value):
            return str(value)  # JSON has no infinity
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case tuple() | list():
            return [plain(item) for item in value]
    return value


def write_line(record: dict[str, Any], out: TextIO) -> None:
    """One flushed line of ASCII; what is not ASCII is escaped."""
    print(json.dumps(record, allow_nan=False), file=out, flush=True)


def write_record(record: Any, out: TextIO) -> None:
    """A record, or an object, that stands alone: with the version of its schema in docs/schemas."""
    write_line({"schema": LINES_SCHEMA, **plain(record)}, out)


def write_event(event: Event, out: TextIO) -> None:
    """`{"event": "FilmProbed", ...fields}`."""
    write_line(_event(event), out)


def _event(event: Event) -> dict[str, Any]:
    told = {"told": _event(event.told)} if isinstance(event, FileTold) else {}
    return {"event": type(event).__name__, **plain(event), **told}
