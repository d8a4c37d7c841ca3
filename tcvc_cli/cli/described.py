"""What the command line declares, as plain text: for narrow help and for the manual pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from typer._click import Command, Context, Parameter
from typer.core import TyperArgument, TyperOption

_ARGUMENTS: Final = "Arguments"
_OPTIONS: Final = "Options"


@dataclass(frozen=True, slots=True)
class Described:
    """`flags` as they are typed, none of an argument; `value` is what stands after them, empty for a switch;
    `default` is empty where help says it or where there is none."""

    flags: tuple[str, ...]
    value: str
    help: str
    default: str

    @property
    def heading(self) -> str:
        """For example `-o, --output FILE`."""
        return f"{', '.join(self.flags)} {self.value}".strip()


def described(parameter: Parameter, context: Context) -> Described:
    flags = tuple(sorted((*parameter.opts, *parameter.secondary_opts), key=len))
    is_argument = parameter.param_type_name == "argument"
    help_text = " ".join((getattr(parameter, "help", None) or "").split())
    if parameter.required and not is_argument:
        help_text = f"{help_text} Required."
    return Described(
        () if is_argument else flags,
        value_of(parameter, context),
        help_text,
        "" if is_argument else default_of(parameter, context),
    )


def value_of(parameter: Parameter, context: Context) -> str:
    """What a person types in its place; empty for a switch."""
    if parameter.metavar is not None:
        return parameter.metavar
    if getattr(parameter, "is_flag", False) or not isinstance(parameter, TyperOption | TyperArgument):
        return ""
    shown = parameter.display_type(context).strip("<>").removeprefix("list[").removesuffix("]")
    return shown if "|" in shown else shown.upper()


def default_of(parameter: Parameter, context: Context) -> str:
    value: Any = parameter.get_default(context, call=False)
    if value is None or value is False or value in ("", ()) or not getattr(parameter, "show_default", True):
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def options_by_panel(command: Command, context: Context) -> list[tuple[str, list[Parameter]]]:
    """Arguments first, then the options of no panel, then those of each panel in their order."""
    found: dict[str, list[Parameter]] = {}
    for one in command.get_params(context):
        if not getattr(one, "hidden", False):
            usual = _ARGUMENTS if one.param_type_name == "argument" else _OPTIONS
            found.setdefault(getattr(one, "rich_help_panel", None) or usual, []).append(one)
    first = {_ARGUMENTS: 0, _OPTIONS: 1}
    return sorted(found.items(), key=lambda item: first.get(item[0], 2))


def commands_of(command: Command) -> Mapping[str, Command]:
    """Those of a group, by name."""
    return {name: one for name, one in getattr(command, "commands", {}).items() if not one.hidden}


def usage_of(command: Command, context: Context) -> str:
    """For example `tcvc verify [OPTIONS] ORIGINAL RESULT`."""
    return " ".join((context.command_path, *command.collect_usage_pieces(context)))
