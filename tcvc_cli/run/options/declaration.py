"""An option is declared once, at its field: how a person gives it, what it takes, and what it changes.

    interval_frames: Annotated[int, Declared(flags, scope="shot", least=1, most=250, ...)] = 16

From there come the flag and its help, the key of tcvc.toml and TCVC_*, the check and its message, what counts
for which fingerprint, and the name in the sidecar, which is the field's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, fields
from fractions import Fraction
from math import inf
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from tcvc_cli.errors import UsageError

Scope = Literal["shot", "look", "film", "run"]
_OPTIONS: dict[type, Mapping[str, Option]] = {}  # by the records that were asked for


@dataclass(frozen=True, slots=True)
class Switch:
    """A flag that stands for one value of its option. It has a name of its own, which is its key as well."""

    name: str
    flag: str
    value: str
    help: str
    is_for_one_film: bool = False


@dataclass(frozen=True, slots=True)
class Declared:
    """What is said of an option beside its type and its default.

    `scope` is what another value changes: "shot" the packets of every shot; "look" those of shots that have
    no decision of their own in the settings file; "film" which shots there are and
    what each of them is, but nothing of a shot that stays the same; "run" neither. The first of `flags` is
    the one that messages name. `reads` makes a value of a text, and raises ValueError. Numbers lie between
    `least` and `most`, both included. What is `is_for_one_film` makes no sense for folders of films.
    """

    flags: tuple[str, ...] = ()
    _: KW_ONLY
    scope: Scope
    help: str = ""
    metavar: str | None = None
    panel: str | None = None
    reads: Callable[[str], object] | None = None
    least: float = -inf
    most: float = inf
    unit: str = ""
    switches: tuple[Switch, ...] = ()
    is_for_one_film: bool = False

    @property
    def bounds(self) -> str:
        """For example `1 to 250 frames`, or `1 MiB and more`."""
        unit = f" {self.unit}" if self.unit else ""
        return f"{self.least}{unit} and more" if self.most == inf else f"{self.least} to {self.most}{unit}"


@dataclass(frozen=True, slots=True)
class Option:
    """A declared field. `kind` is its type, without None where that stands for "not given", and the first of
    several that `reads` makes of a text; `default` is dataclasses.MISSING where there is none."""

    name: str
    kind: Any
    default: Any
    declared: Declared

    @property
    def flag(self) -> str:
        """The one that messages name; of what no flag sets, the field's name."""
        return self.declared.flags[0] if self.declared.flags else self.name

    @property
    def choices(self) -> tuple[str, ...]:
        """Of an option that takes one of a few words."""
        return get_args(self.kind) if get_origin(self.kind) is Literal else ()

    @property
    def is_repeatable(self) -> bool:
        return get_origin(self.kind) is tuple

    def check(self, value: Any) -> None:
        """Raises UsageError for a value that the option does not take."""
        if value is None:
            return
        if self.choices and value not in self.choices:
            raise self.refusal(value, ", ".join(self.choices))
        is_number = isinstance(value, int | float | Fraction)
        if is_number and not self.declared.least <= value <= self.declared.most:
            raise self.refusal(value, self.declared.bounds)

    def refusal(self, value: object, takes: str) -> UsageError:
        """The error that says what it takes instead of `value`."""
        return UsageError(f"{self.flag} is {value}; it takes {takes}", option=self.name)


def options_of(record: type) -> Mapping[str, Option]:
    """The declared options of a dataclass by the names of their fields, in their order."""
    if record not in _OPTIONS:
        _OPTIONS[record] = MappingProxyType(dict(_options_of(record)))
    return _OPTIONS[record]


def _options_of(record: type) -> Iterator[tuple[str, Option]]:
    hints = get_type_hints(record, include_extras=True)
    for field in fields(record):
        kind, *notes = get_args(hints[field.name]) or (hints[field.name],)
        for declared in (note for note in notes if isinstance(note, Declared)):
            yield field.name, Option(field.name, _without_none(kind), field.default, declared)


def _without_none(hint: Any) -> Any:
    if get_origin(hint) not in (Union, UnionType):
        return hint
    return next(one for one in get_args(hint) if one is not NoneType)


def check_options(record: Any) -> None:
    """Raises UsageError for the first field that holds what its option does not take."""
    for name, option in options_of(type(record)).items():
        option.check(getattr(record, name))


def fields_in_scope(record: type, *scopes: Scope) -> tuple[str, ...]:
    """The fields whose options change just that."""
    return tuple(name for name, option in options_of(record).items() if option.declared.scope in scopes)


def flags_of(record: type) -> Mapping[str, str]:
    """The flag that messages name, by the names of options and switches."""
    found = {name: option.flag for name, option in options_of(record).items()}
    switches = (one for option in options_of(record).values() for one in option.declared.switches)
    return {**found, **{switch.name: switch.flag for switch in switches}}
