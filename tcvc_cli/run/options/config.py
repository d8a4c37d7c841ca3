"""Options that stand in files and in the environment, and which of them counts.

From the strongest to the weakest: the command line, `TCVC_*` variables, a file that is named or else
`tcvc.toml` in the folder and then in the user's config folder, the defaults.

A file that merely lies in the folder may have come with the films: it sets how films look and how they are
worked on, and nothing that names a file, code or a machine, or takes a safeguard away.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tcvc_cli.errors import UsageError
from tcvc_cli.reading import read_plain

FILE = "tcvc.toml"
PREFIX = "TCVC_"
MOST_BYTES = 1 << 20
FOR_FOLDER = frozenset(
    {
        *("device", "memory", "workers", "json", "quiet", "verbose"),
        *("saturation", "warmth", "hue-map", "point", "vivid", "palette", "colour-parts"),
        *("refs-weight", "refs-only-between", "each-shot-alone"),
        *("ensemble", "compat", "causal", "interval", "overlap", "model-size"),
        *("format", "preset", "encoder", "crf", "chroma", "start", "end"),
        *("strict", "proof", "premis", "keep-work", "skip", "dry-run"),
        *("recursive", "pattern", "watch", "status"),
    }
)
_SAFEGUARDS = frozenset({"strict", "proof", "premis"})  # which the folder's file may ask for, not turn off
Value = str | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """One option from one place. `command` is None where it counts for all; `key` is the option's name
    without hyphens in front, e.g. `model-size`."""

    command: str | None
    key: str
    value: Value
    origin: str


def from_files(paths: Sequence[Path], *, is_required: bool = False) -> Iterator[Setting]:
    """Weakest first, so `paths` from far to near. Files that are not there, or in a folder that may not be
    read, say nothing, unless required. Raises UsageError."""
    for path in paths:
        if is_required or os.path.isfile(path):
            yield from _from_table(_table(path), None, path)


def _table(path: Path) -> dict[str, Any]:
    advice = "Correct it, or name another with {config}."
    try:
        return tomllib.loads(read_plain(path, MOST_BYTES).decode("utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", "Check the path.") from error
    except RecursionError as error:
        raise UsageError(f"{path} is nested too deep", advice) from error
    except ValueError as error:  # a number of thousands of digits is one too
        raise UsageError(f"{path} is not TOML: {error}", advice) from error


def _from_table(table: Mapping[str, Any], command: str | None, path: Path) -> Iterator[Setting]:
    """The options of all commands come before those of one, which count more."""
    for key, value in sorted(table.items(), key=lambda item: isinstance(item[1], dict)):
        if isinstance(value, dict) and command is None:
            yield from _from_table(value, key, path)
        else:
            yield Setting(command, key.replace("_", "-"), _value(value, key, path), str(path))


def _value(value: Any, key: str, path: Path) -> Value:
    if isinstance(value, bool):
        return value
    if _is_plain(value):
        return str(value)
    if isinstance(value, list) and all(map(_is_plain, value)):
        return tuple(map(str, value))
    raise UsageError(f"{path}: {key} is {_shortened(value)}, which no option takes")


def _is_plain(value: Any) -> bool:
    """Texts and numbers that fit; `true` is no number."""
    is_huge = isinstance(value, int) and abs(value) >= 1 << 63
    return isinstance(value, str | int | float) and not isinstance(value, bool) and not is_huge


def _shortened(value: Any) -> str:
    if isinstance(value, int):
        return "a number that does not fit" if abs(value) >= 1 << 63 else str(value)
    if isinstance(value, dict):
        return "a table"
    return "a list of other things" if isinstance(value, list) else type(value).__name__


def refuse_beyond_folder(settings: Iterable[Setting]) -> None:
    """Raises UsageError for what a file that merely lies in the folder may not set."""
    advice = "Give it on the command line, or name the file with {config}."
    for one in settings:
        if one.key in _SAFEGUARDS and one.value is not True:
            raise UsageError(
                f"{one.origin}: a file that lies in the folder does not turn {one.key} off", advice
            )
        if one.key not in FOR_FOLDER:
            raise UsageError(f"{one.origin}: a file that lies in the folder does not set {one.key}", advice)


def from_environment(environment: Mapping[str, str], keys: Sequence[str]) -> Iterator[Setting]:
    """`TCVC_MODEL_SIZE` for `model-size`; other variables are none of ours."""
    for key in keys:
        name = PREFIX + key.replace("-", "_").upper()
        if name in environment:
            yield Setting(None, key, environment[name], name)


def effective(
    settings: Sequence[Setting], keys_of: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, Setting]]:
    """For each command, the last setting of each of its keys. UsageError for what nothing takes."""
    every = {key for keys in keys_of.values() for key in keys}
    for setting in settings:
        keys = every if setting.command is None else keys_of.get(setting.command, ())
        if setting.key not in keys:
            place = f"[{setting.command}] " if setting.command else ""
            raise UsageError(f"{setting.origin}: there is no option {place}{setting.key}")
    return {
        command: {one.key: one for one in settings if one.command in (None, command) and one.key in keys}
        for command, keys in keys_of.items()
    }
