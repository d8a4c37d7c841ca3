"""What a value of a settings file may be: read it, describe it, state it as JSON Schema."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, Final, Protocol

Place = tuple[str | int, ...]
Schema = dict[str, Any]
_LONGEST_PATH: Final = 1000


class Fault(ValueError):
    """What is wrong, and at which keys and indexes, from the outermost."""

    def __init__(self, message: str, place: Place = ()) -> None:
        super().__init__(message)
        self.place = place


class Kind(Protocol):
    """`words` say it in the table of the documentation."""

    @property
    def words(self) -> str: ...

    def read(self, value: object) -> Any:
        """Raises Fault."""
        ...

    def schema(self) -> Schema: ...


@dataclass(frozen=True, slots=True)
class Number:
    """From `least` to `most`; above `least` where that is not among them."""

    least: float
    most: float
    is_above_least: bool = False

    @property
    def words(self) -> str:
        return f"{'above ' if self.is_above_least else ''}{self.least:g} to {self.most:g}"

    def read(self, value: object) -> float:
        if type(value) not in (int, float):
            raise Fault(f"a number was expected, not {named(value)}")
        is_within = self.least <= value <= self.most  # type: ignore[operator]  # of any size, and of NaN
        if not is_within or (self.is_above_least and value == self.least):
            raise Fault(f"a number from {self.words} was expected, not {named(value)}")
        return float(value)  # type: ignore[arg-type]

    def schema(self) -> Schema:
        least = "exclusiveMinimum" if self.is_above_least else "minimum"
        return {"type": "number", least: self.least, "maximum": self.most}


@dataclass(frozen=True, slots=True)
class Whole:
    least: int
    most: int

    @property
    def words(self) -> str:
        return f"{self.least} to {self.most}" if self.most < 1000 else f"whole, from {self.least}"

    def read(self, value: object) -> int:
        if type(value) is not int:
            raise Fault(f"a whole number was expected, not {named(value)}")
        if not self.least <= value <= self.most:
            raise Fault(f"a whole number from {self.least} to {self.most} was expected, not {named(value)}")
        return value

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True, slots=True)
class Flag:
    words: str = "`true`, `false`"

    def read(self, value: object) -> bool:
        if type(value) is not bool:
            raise Fault(f"true or false was expected, not {named(value)}")
        return value

    def schema(self) -> Schema:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Text:
    """What `reads` makes of a text; it raises ValueError. `pattern` is for the schema alone."""

    words: str
    reads: Callable[[str], Any]
    pattern: str = ""

    def read(self, value: object) -> Any:
        if type(value) is not str:
            raise Fault(f"a text in quotes was expected, not {named(value)}")
        if not value.isprintable():
            raise Fault("control characters have no place in a text")
        try:
            return self.reads(value)
        except ValueError as error:
            raise Fault(str(error)) from error

    def schema(self) -> Schema:
        return {"type": "string"} | ({"pattern": self.pattern} if self.pattern else {})


@dataclass(frozen=True, slots=True)
class Either:
    """A text or something else."""

    text: Text
    other: Kind

    @property
    def words(self) -> str:
        return f"{self.text.words}; or {self.other.words}"

    def read(self, value: object) -> Any:
        return (self.text if isinstance(value, str) else self.other).read(value)

    def schema(self) -> Schema:
        return {"anyOf": [self.text.schema(), self.other.schema()]}


@dataclass(frozen=True, slots=True)
class List:
    of: Kind
    most: int

    @property
    def words(self) -> str:
        return f"list of {self.of.words}"

    def read(self, value: object) -> tuple[Any, ...]:
        if type(value) is not list:
            raise Fault(f"a list in [ ] was expected, not {named(value)}")
        if len(value) > self.most:
            raise Fault(f"{len(value)} are too many; {self.most} are the most", (self.most,))
        return tuple(_placed(number, self.of.read, one) for number, one in enumerate(value))

    def schema(self) -> Schema:
        return {"type": "array", "items": self.of.schema(), "maxItems": self.most}


@dataclass(frozen=True, slots=True)
class Key:
    """`also` is another spelling. `meaning` is one sentence of the documentation."""

    name: str
    kind: Kind
    meaning: str
    is_required: bool = False
    also: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """What `builds` makes of the values by their keys; it raises ValueError."""

    keys: tuple[Key, ...]
    builds: Callable[..., Any]

    @property
    def words(self) -> str:
        return "table of " + ", ".join(f"`{key.name}`" for key in self.keys)

    def read(self, value: object) -> Any:
        if type(value) is not dict:
            raise Fault(f"a table was expected, not {named(value)}")
        known = {name: key for key in self.keys for name in (key.name, key.also) if name}
        values: dict[str, Any] = {}
        for name, one in value.items():
            if name not in known:
                raise Fault(_unknown(name, known), (name,))
            key = known[name]
            if key.name in values:
                raise Fault(f"{key.name} and {key.also} are one key", (name,))
            values[key.name] = _placed(name, key.kind.read, one)
        for key in self.keys:
            if key.is_required and key.name not in values:
                raise Fault(f"{key.name} is missing")
        try:
            return self.builds(**values)
        except ValueError as error:
            raise error if isinstance(error, Fault) else Fault(str(error)) from error

    def schema(self) -> Schema:
        required = [key.name for key in self.keys if key.is_required and not key.also]
        return {
            "type": "object",
            "properties": dict(self._properties()),
            **({"required": required} if required else {}),
            "additionalProperties": False,
        }

    def _properties(self) -> Iterator[tuple[str, Schema]]:
        for key in self.keys:
            for name in filter(None, (key.name, key.also)):
                yield name, {"description": key.meaning, **key.kind.schema()}


def relative_file(text: str) -> PurePosixPath:
    """A path inside the folder of the settings file, as it is written in one. Raises ValueError."""
    path, windows = PurePosixPath(text), PureWindowsPath(text)
    if not path.name or len(text) > _LONGEST_PATH:
        raise ValueError("a file was expected")
    if path.is_absolute() or windows.drive or windows.root:
        raise ValueError("a file in the settings file's folder was expected, not an absolute path")
    if ".." in windows.parts:
        raise ValueError("a file in the settings file's folder was expected, not one outside of it")
    if "\\" in text:
        raise ValueError("folders are parted by / in a settings file")
    return path


def named(value: object) -> str:
    """What a value is, for a message; never long."""
    match value:
        case bool():
            return "true" if value else "false"
        case float() if not math.isfinite(value):
            return "no number" if math.isnan(value) else "an infinite one"
        case float():
            return f"{value:g}"
        case int():
            return str(value) if abs(value) < 10**12 else "so long a one"
        case str():
            return "a text"
        case list():
            return "a list"
        case dict():
            return "a table"
    return "a date or time without quotes"


def shown(text: str) -> str:
    """A name out of the file, fit for a message."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:40])


def _unknown(name: str, known: Mapping[str, Key]) -> str:
    near = difflib.get_close_matches(name[:40], known, 1, 0.5)
    return f"there is no key {shown(name)}" + (f"; did you mean {near[0]}?" if near else "")


def _placed(at: str | int, read: Callable[[object], Any], value: object) -> Any:
    try:
        return read(value)
    except Fault as fault:
        raise Fault(_prefixed(at, fault), (at, *fault.place)) from None


def _prefixed(at: str | int, fault: Fault) -> str:
    """The innermost key stands before the message."""
    is_said = isinstance(at, int) or any(isinstance(one, str) for one in fault.place)
    return str(fault) if is_said else f"{shown(str(at))}: {fault}"
