"""Options that stand in files and in the environment, and which of them counts.

From the strongest to the weakest: the command line, `TCVC_*` variables, a file that is named or else
`tcvc.toml` in the folder and then in the user's config folder, the defaults.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tcvc_cli.errors import UsageError
from tcvc_cli.reading import read_plain

FILE = "tcvc.toml"
PREFIX = "TCVC_"
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
    try:
        return tomllib.loads(read_plain(path).decode("utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", "Check the path.") from error
    except (ValueError, RecursionError) as error:
        why = "it is nested too deep" if isinstance(error, RecursionError) else error
        raise UsageError(
            f"{path} is not TOML: {why}", "Correct it, or name another with {config}."
        ) from error


def _from_table(table: Mapping[str, Any], command: str | None, path: Path) -> Iterator[Setting]:
    """The options of all commands come before those of one, which count more."""
    for key, value in sorted(table.items(), key=lambda item: isinstance(item[1], dict)):
        if isinstance(value, dict) and command is None:
            yield from _from_table(value, key, path)
        else:
            yield Setting(command, key.replace("_", "-"), _value(value, key, path), str(path))


def _value(value: Any, key: str, path: Path) -> Value:
    match value:
        case bool() | str():
            return value
        case int() | float():
            return str(value)
        case list() if all(isinstance(one, str | int | float) for one in value):
            return tuple(map(str, value))
    raise UsageError(f"{path}: {key} is {value}, which no option takes")


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
