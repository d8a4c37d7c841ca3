"""The options of the commands as Typer reads them: made of their declarations, and those of the command line
alone."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, replace
from fractions import Fraction
from functools import cache, partial
from inspect import Parameter
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

from typer import Argument, BadParameter, Option

from tcvc_cli.errors import UsageError
from tcvc_cli.review.compare.request import CompareRequest
from tcvc_cli.review.page.request import ReviewRequest
from tcvc_cli.review.preview.request import PreviewRequest
from tcvc_cli.review.report.request import ReportRequest
from tcvc_cli.review.serve.request import ServeRequest
from tcvc_cli.run.batch.options import Batch, Search
from tcvc_cli.run.grade.request import GradeRequest
from tcvc_cli.run.machines.options import Machines
from tcvc_cli.run.options import declaration
from tcvc_cli.run.options.declaration import Switch, flags_of, options_of
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.options.values import Folder
from tcvc_cli.run.palettes.request import PalettesRequest
from tcvc_cli.run.references.requests import Export
from tcvc_cli.run.settings.options import SettingsChange
from tcvc_cli.run.shot_list.request import ShotsRequest
from tcvc_cli.run.stabilize.requests import Stabilization

REPORT = "Report"
Record = TypeVar("Record")
Command = TypeVar("Command", bound=Callable[..., None])

Films = Annotated[
    list[Path],
    Argument(metavar="INPUT", help="Films or photographs; - reads a film from stdin.", show_default=False),
]
Film = Annotated[Path, Argument(metavar="FILE", help="A film.", show_default=False)]
ResultBeside = Annotated[
    Path | None,
    Argument(metavar="RESULT", help="It in colour; the one beside it unless given.", show_default=False),
]
Original = Annotated[Path, Argument(metavar="ORIGINAL", help="The black-and-white film.", show_default=False)]

Json = Annotated[
    bool, Option("--json", metavar="", help="JSON on stdout, one object a line.", rich_help_panel=REPORT)
]
Csv = Annotated[
    bool,
    Option("--csv", metavar="", help="A list to edit, for tcvc colorize --shots.", rich_help_panel=REPORT),
]
Quiet = Annotated[
    bool, Option("-q", "--quiet", metavar="", help="Only warnings and errors.", rich_help_panel=REPORT)
]
Verbose = Annotated[
    bool, Option("-v", "--verbose", metavar="", help="Details, and tracebacks.", rich_help_panel=REPORT)
]
ConfigFile = Annotated[
    Path | None, Option("--config", metavar="FILE", help="Options, instead of tcvc.toml.", show_default=False)
]

_INCOMPLETE: dict[Callable[..., Any], Callable[[], None]] = {}  # commands, and what completes them
_OWN = {"csv": Csv, "config": ConfigFile, "verbose": Verbose}


@cache
def _flags() -> Mapping[str, str]:
    """Of every option, by the name of its field; for messages alone."""
    records = (
        SettingsChange,
        GradeRequest,
        Stabilization,
        PalettesRequest,
        PreviewRequest,
        ReviewRequest,
        ServeRequest,
        ReportRequest,
        Export,
        ShotsRequest,
        CompareRequest,
        Search,
        Batch,
        Machines,
        Options,
    )
    return {
        **{name: flag for record in records for name, flag in flags_of(record).items()},
        **{
            name: get_args(kind)[1].default for name, kind in _OWN.items()
        },  # Typer keeps the first flag there
        "help": "--help",
    }


def with_flags(advice: str) -> str:
    """`advice` with the flag of every option that it names: `Leave out {is_strict}.`"""
    return re.sub(r"\{(\w+)\}", lambda found: _flags().get(found[1], found[0]), advice)


def taking(
    *records: type,
    one_film: bool = False,
    instead: Sequence[declaration.Option] = (),
    of_options: Sequence[str] = (),
) -> Callable[[Command], Command]:
    """For a command that ends in `**given`: in its place, before the first option of the report, the command
    takes the declared options of `records`, by the names of their fields and switches. Without `one_film`,
    those that make sense for many films. What is in `instead` stands where the declared one would. Of
    `Options` there are those besides whose names are in `of_options`. `complete_signature` does it."""
    others = {option.name: option for option in instead}

    def complete(command: Command) -> None:
        signature = inspect.signature(command, eval_str=True)
        own = [one for one in signature.parameters.values() if one.kind is not Parameter.VAR_KEYWORD]
        place = next(index for index, one in enumerate(own) if one.annotation in (Json, Quiet, Verbose))
        declared = [one for record in records for one in parameters_of(record, others, one_film=one_film)]
        shared_ones = parameters_of(Options, others, one_film=one_film)
        declared += [one for one in shared_ones if one.name in of_options]
        command.__signature__ = signature.replace(parameters=[*own[:place], *declared, *own[place:]])  # type: ignore[attr-defined]

    def noted(command: Command) -> Command:
        _INCOMPLETE[command] = partial(complete, command)
        return command

    return noted


def complete_signature(command: Callable[..., Any]) -> None:
    """Of a command that is `taking` declared options: from here on it has them."""
    _INCOMPLETE.pop(command, _nothing_to_do)()


def _nothing_to_do() -> None:
    """Its signature is what it was written as."""


def parameters_of(
    record: type, instead: Mapping[str, declaration.Option], *, one_film: bool
) -> Iterator[Parameter]:
    """A parameter for every declared option that has a flag, and for every switch."""
    for option in options_of(record).values():
        if option.declared.flags and (one_film or not option.declared.is_for_one_film):
            yield parameter_of(instead.get(option.name, option))
        for switch in option.declared.switches:
            if one_film or not switch.is_for_one_film:
                yield _switch_parameter(switch)


def parameter_of(option: declaration.Option) -> Parameter:
    """Called as the field is."""
    default = Parameter.empty if option.default is MISSING else option.default
    kind, default = (list[str] | None, None) if option.is_repeatable else (option.kind, default)
    kind = kind | None if default is None else kind
    if isinstance(default, Fraction):  # Typer reads it as it reads what a person types
        default = str(default)
    annotation = Annotated[kind, typer_option(option)]  # type: ignore[valid-type]
    return Parameter(option.name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def typer_option(option: declaration.Option) -> Any:
    """Flags, metavar, help, panel and reader, as Typer takes them."""
    declared = option.declared
    reads = None if option.is_repeatable or declared.reads is None else _reader(declared.reads)
    metavar = "" if option.kind is bool else declared.metavar
    return Option(
        *declared.flags, metavar=metavar, help=declared.help, rich_help_panel=declared.panel, parser=reads
    )


def shared(record: type, name: str) -> Any:
    """A declared option for another command, which has no panels."""
    option = options_of(record)[name]
    return typer_option(replace(option, declared=replace(option.declared, panel=None)))


def _switch_parameter(switch: Switch) -> Parameter:
    annotation = Annotated[bool, Option(switch.flag, metavar="", help=switch.help)]
    return Parameter(switch.name, Parameter.KEYWORD_ONLY, default=False, annotation=annotation)


def _reader(reads: Callable[[str], object]) -> Callable[[str], object]:
    """What it finds wrong is the user's mistake."""

    def read(text: str) -> object:
        try:
            return reads(text)
        except ValueError as error:
            raise BadParameter(str(error)) from error

    return read


def record_of(kind: type[Record], given: Mapping[str, Any], **others: Any) -> Record:
    """A record of declared options with the values that a command was given for them, by the names of its
    parameters, and with `others`. Raises UsageError."""
    values = {
        name: _value(option, given)
        for name, option in options_of(kind).items()
        if name in given or any(switch.name in given for switch in option.declared.switches)
    }
    return kind(**{**values, **_placed(kind, values), **others})


def _placed(kind: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """A folder that was given for the result is no name of it."""
    place = values.get("output")
    if not isinstance(place, Folder):
        return {}
    takes_folder = "output_folder" in options_of(kind)
    return {"output": None, **({"output_folder": place.path} if takes_folder else {})}


def _value(option: declaration.Option, given: Mapping[str, Any]) -> Any:
    if option.declared.switches:
        return _switched(option, given)
    if option.is_repeatable:
        return tuple(_read(option, text) for text in given[option.name] or ())
    return given[option.name]


def _switched(option: declaration.Option, given: Mapping[str, Any]) -> Any:
    chosen = [switch for switch in option.declared.switches if given.get(switch.name)]
    if len(chosen) > 1:
        raise UsageError(f"{' and '.join(switch.flag for switch in chosen)} exclude each other")
    return chosen[0].value if chosen else option.default


def _read(option: declaration.Option, text: str) -> object:
    assert option.declared.reads is not None
    try:
        return option.declared.reads(text)
    except ValueError as error:
        raise UsageError(f"{option.flag} is {error}", option=option.name) from error
