"""JSON Schema, draft 2020-12, of records: by their type hints alone, as they are written.

What a record must have are the fields without a default: those with one may have come later. Further fields
are admitted everywhere, for a later version may have more to say.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from fractions import Fraction
from pathlib import Path, PurePath
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

Schema = dict[str, Any]
DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_NUMBER: Final[Schema] = {"type": "number"}
_SIMPLE: Final[Mapping[Any, Schema]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    Path: {"type": "string"},
    PurePath: {"type": "string"},
}


@dataclass(frozen=True, slots=True)
class Writing:
    """How values are written: fractions as the `fraction` pattern; floats that are no numbers as the words
    `not_finite`; `has_keys` where a field may be called otherwise than in the record (tcvc_cli/plain.py)."""

    fraction: str
    not_finite: tuple[str, ...] = ()
    has_keys: bool = False


IN_LINES: Final = Writing(r"^-?[0-9]+/[1-9][0-9]*$", ("inf", "-inf", "nan"))  # tcvc_cli/cli/ndjson.py
IN_FILES: Final = Writing(r"^-?[0-9]+(/[1-9][0-9]*)?$", has_keys=True)  # tcvc_cli/plain.py


@dataclass(slots=True)
class Definitions:
    """The records of one schema, each once. `names` are those that annotations use and modules import for the
    type checker alone."""

    writing: Writing
    names: Mapping[str, Any] = field(default_factory=dict)
    records: dict[type, Schema] = field(default_factory=dict)

    def of(self, hint: Any) -> Schema:
        """Raises TypeError for what no record holds."""
        if hint is Any:
            return {}
        if hint is float:
            return self._float()
        if hint is Fraction:
            return {"type": "string", "pattern": self.writing.fraction}
        if is_dataclass(hint) and isinstance(hint, type):
            return self.reference(hint)
        return dict(_SIMPLE[hint]) if hint in _SIMPLE else self._generic(get_origin(hint), get_args(hint))

    def reference(self, record: type) -> Schema:
        if record not in self.records:
            self.records[record] = {}  # for records that hold themselves
            self.records[record] = self.record(record)
        return {"$ref": f"#/$defs/{self._name(record)}"}

    def record(self, record: type) -> Schema:
        hints = get_type_hints(record, localns=dict(self.names))
        rows = [(self._key(one), hints[one.name], one) for one in fields(record)]
        schema: Schema = {
            "type": "object",
            "properties": {key: self.of(hint) for key, hint, _ in rows},
            "required": [key for key, hint, one in rows if _is_required(hint, one)],
        }
        said = _said_of(record)
        return {"description": said, **schema} if said else schema

    def all(self) -> Schema:
        """For `$defs`, in order of names."""
        return dict(sorted((self._name(record), schema) for record, schema in self.records.items()))

    def _key(self, one: Field[Any]) -> str:
        return str(one.metadata.get("key", one.name)) if self.writing.has_keys else one.name

    def _name(self, record: type) -> str:
        """Two of one name have their module in it."""
        is_alone = all(one is record or one.__name__ != record.__name__ for one in self.records)
        return record.__name__ if is_alone else f"{record.__module__.rpartition('.')[2]}.{record.__name__}"

    def _float(self) -> Schema:
        if not self.writing.not_finite:
            return dict(_NUMBER)
        return {"anyOf": [dict(_NUMBER), {"enum": list(self.writing.not_finite)}]}

    def _generic(self, origin: Any, arguments: tuple[Any, ...]) -> Schema:
        if origin is Literal:
            return {"const": arguments[0]} if len(arguments) == 1 else {"enum": list(arguments)}
        if origin in (Union, UnionType):
            return _any_of([self.of(one) for one in arguments])
        if origin in (tuple, list, frozenset):
            return self._array(arguments if origin is tuple else (arguments[0], ...))
        if origin in (Mapping, dict) and arguments[0] is str:
            return {"type": "object", "additionalProperties": self.of(arguments[1])}
        raise TypeError(f"{origin or arguments} is nothing that a record holds")

    def _array(self, kinds: tuple[Any, ...]) -> Schema:
        if len(kinds) == 2 and kinds[1] is Ellipsis:
            return {"type": "array", "items": self.of(kinds[0])}
        items = [self.of(one) for one in kinds]
        return {"type": "array", "prefixItems": items, "minItems": len(items), "items": False}


def _any_of(schemas: list[Schema]) -> Schema:
    """Plain types in one list."""
    plain = [one["type"] for one in schemas if set(one) == {"type"}]
    others = [one for one in schemas if set(one) != {"type"}]
    together = [{"type": plain[0] if len(plain) == 1 else plain}] if plain else []
    every = [*others, *together]
    return every[0] if len(every) == 1 else {"anyOf": every}


def _is_required(hint: Any, one: Field[Any]) -> bool:
    """What has one value only is always written."""
    is_constant = get_origin(hint) is Literal and len(get_args(hint)) == 1
    return is_constant or (one.default is MISSING and one.default_factory is MISSING)


def _said_of(record: type) -> str:
    """The docstring on one line; none where dataclass wrote it."""
    said = inspect.cleandoc(record.__doc__ or "")
    return "" if said.startswith(f"{record.__name__}(") else " ".join(said.split())
