"""Records to JSON and back: frozen dataclasses of plain values, by their type hints alone.

str, int, bool, float and None stand as they are; a Fraction is "3/2", a path its text; a tuple is a list, a
frozenset a sorted one; a mapping from str is an object, and so is a record, by the names of its fields, or
by `field(metadata={"key": ...})` where JSON calls one otherwise. `Any` takes whatever JSON can say.

What is read is not trusted: everything that a type does not allow is a ValueError that names the place.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from fractions import Fraction
from functools import cache, partial
from pathlib import Path, PurePath
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from tcvc_cli.errors import TcvcError

T = TypeVar("T")
Read = Callable[[Any, str], Any]

_FRACTION = re.compile(r"-?\d{1,400}(/\d{1,400})?", re.ASCII)
_KEY = "key"
_MOST_DIGITS = 300  # which a float can hold too
_MOST_DEPTH = 100
_LEAVES = (str, int, float, NoneType)


def to_plain(value: Any) -> Any:
    """What `json` can write, of a record or of any value that may stand in one."""
    if is_dataclass(value) and not isinstance(value, type):
        return {_key(field): to_plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {key: to_plain(one) for key, one in value.items()}
    if isinstance(value, frozenset):
        return sorted(map(to_plain, value))
    if isinstance(value, tuple | list):
        return [to_plain(one) for one in value]
    if isinstance(value, Fraction | PurePath):
        return str(value)
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise TypeError(f"{type(value).__name__} is nothing that a record holds")


def to_json(value: Any) -> str:
    """Canonical: sorted keys, no spaces, ASCII; the same record, the same text."""
    return json.dumps(to_plain(value), sort_keys=True, separators=(",", ":"), allow_nan=False)


def from_json(kind: type[T], text: str | bytes) -> T:
    """The record that `to_json` wrote. Raises ValueError."""
    return from_plain(kind, read_json(text))


def read_json(text: str | bytes, *, most_digits: int = _MOST_DIGITS) -> Any:
    """Raises ValueError for whatever is no JSON, for whole numbers of more digits, others that are infinite,
    NaN, a key that is stated twice, nesting without end, and what is no text at all, as a damaged data base
    may hold it."""
    try:
        value = json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_int=partial(_whole_number, most_digits),
            parse_float=_number,
            object_pairs_hook=_object,
        )
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    except TypeError as error:
        raise ValueError(f"it is no text but {type(text).__name__}") from error
    _refuse_depth(value)
    return value


def from_plain(kind: type[T], value: Any, place: str = "") -> T:
    """A `kind` of what `json` read; `place` is how errors call it. Raises ValueError."""
    return cast(T, _reader(cast(Any, kind))(value, place))


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _whole_number(most_digits: int, text: str) -> int:
    if len(text.removeprefix("-")) > most_digits:
        raise ValueError(f"a number of {len(text)} digits is too large")
    return int(text)


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]} is too large")
    return number


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"{twice[:40]} is stated twice")
    return found


def _refuse_depth(value: Any) -> None:
    """What goes deeper than any record does might be too deep for who walks through it."""
    level = [value]
    for _ in range(_MOST_DEPTH):
        inner = (one.values() if isinstance(one, dict) else one for one in level)
        level = [one for some in inner if not isinstance(some, _LEAVES) for one in some]
        level = [one for one in level if isinstance(one, dict | list)]
        if not level:
            return
    raise ValueError("it is nested too deep")


def _key(field: Field[Any]) -> str:
    return str(field.metadata.get(_KEY, field.name))


@cache
def _reader(hint: Any) -> Read:
    if hint is Any:
        return lambda value, place: value
    if is_dataclass(hint):
        return _record_reader(cast(type, hint))
    simple = _SIMPLE.get(hint)
    return simple if simple is not None else _generic_reader(get_origin(hint), get_args(hint))


def _generic_reader(origin: Any, arguments: tuple[Any, ...]) -> Read:
    if origin is Literal:
        return _literal_reader(arguments)
    if origin in (Union, UnionType):
        return _union_reader(arguments)
    if origin is tuple:
        return _tuple_reader(arguments)
    if origin is frozenset:
        read_all = _tuple_reader((arguments[0], ...))
        return lambda value, place: frozenset(read_all(value, place))
    if origin in (Mapping, dict) and arguments[0] is str:
        return _mapping_reader(_reader(arguments[1]))
    raise TypeError(f"{origin or arguments} is nothing that a record holds")


def _wrong(place: str, wanted: str) -> ValueError:
    return ValueError(f"{place or 'it'} is not {wanted}")


def _plain_reader(kind: type, wanted: str) -> Read:
    def read(value: Any, place: str) -> Any:
        if type(value) is not kind:  # a bool is no int
            raise _wrong(place, wanted)
        return value

    return read


def _read_float(value: Any, place: str) -> float:
    if type(value) not in (int, float):
        raise _wrong(place, "a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise _wrong(place, "a number that fits")
    return number


def _read_fraction(value: Any, place: str) -> Fraction:
    if type(value) is not str or _FRACTION.fullmatch(value) is None:
        raise _wrong(place, "a fraction")
    try:
        return Fraction(value)
    except ZeroDivisionError as error:
        raise _wrong(place, "a fraction") from error


def _path_reader(kind: type[PurePath]) -> Read:
    def read(value: Any, place: str) -> PurePath:
        if type(value) is not str or "\0" in value:
            raise _wrong(place, "a path")
        return kind(value)

    return read


def _literal_reader(allowed: tuple[Any, ...]) -> Read:
    def read(value: Any, place: str) -> Any:
        for one in allowed:
            if type(one) is type(value) and one == value:
                return one
        raise _wrong(place, " or ".join(map(str, allowed)))

    return read


def _union_reader(kinds: tuple[Any, ...]) -> Read:
    """The first that takes the value."""
    readers = [_reader(kind) for kind in sorted(kinds, key=lambda kind: kind is not NoneType)]

    def read(value: Any, place: str) -> Any:
        for reader in readers[:-1]:
            try:
                return reader(value, place)
            except ValueError:
                continue
        return readers[-1](value, place)

    return read


def _tuple_reader(kinds: tuple[Any, ...]) -> Read:
    is_any_length = len(kinds) == 2 and kinds[1] is Ellipsis
    readers = [_reader(kind) for kind in (kinds[:1] if is_any_length else kinds)]

    def read(value: Any, place: str) -> tuple[Any, ...]:
        if type(value) is not list:
            raise _wrong(place, "a list")
        if not is_any_length and len(value) != len(readers):
            raise _wrong(place, f"a list of {len(readers)}")
        each = readers * len(value) if is_any_length else readers
        return tuple(
            one(item, f"{place}[{number}]")
            for number, (one, item) in enumerate(zip(each, value, strict=True))
        )

    return read


def _mapping_reader(reader: Read) -> Read:
    def read(value: Any, place: str) -> dict[str, Any]:
        if type(value) is not dict:
            raise _wrong(place, "an object")
        return {key: reader(one, _inside(place, key)) for key, one in value.items()}

    return read


@dataclass(frozen=True, slots=True)
class _Member:
    """A field of a record: `name` in the class, `key` in JSON."""

    name: str
    key: str
    read: Read
    is_required: bool


def _record_reader(kind: type) -> Read:
    """Keys that the record does not know are passed over: a later version may have more to say."""
    hints = get_type_hints(kind)
    members = [
        _Member(one.name, _key(one), _reader(hints[one.name]), _is_required(one)) for one in fields(kind)
    ]

    def read(value: Any, place: str) -> Any:
        if type(value) is not dict:
            raise _wrong(place, "an object")
        missing = next((one.key for one in members if one.is_required and one.key not in value), None)
        if missing is not None:
            raise ValueError(f"{_inside(place, missing)} is missing")
        given = {
            one.name: one.read(value[one.key], _inside(place, one.key)) for one in members if one.key in value
        }
        try:
            return kind(**given)
        except (TcvcError, ValueError, TypeError) as error:
            raise ValueError(f"{place or 'it'} is not as it should be: {error}") from error

    return read


def _is_required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _inside(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


_SIMPLE: dict[Any, Read] = {
    str: _plain_reader(str, "text"),
    int: _plain_reader(int, "a whole number"),
    bool: _plain_reader(bool, "true or false"),
    NoneType: _plain_reader(NoneType, "null"),
    float: _read_float,
    Fraction: _read_fraction,
    Path: _path_reader(Path),
    PurePath: _path_reader(PurePath),
}
