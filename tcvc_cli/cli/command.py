"""The commands and groups of the command line: what Typer makes of them, with help for narrow terminals.

What a command takes is read when it is asked for: of the many commands, one runs.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import typer
from typer._click import Context, HelpFormatter
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command_from_info
from typer.models import CommandInfo

from tcvc_cli.cli import telling
from tcvc_cli.cli.arguments import complete_signature
from tcvc_cli.limits import refuse_low_limits

ROOMY: Final = 80  # columns in which a table of options has room for its words


def is_narrow() -> bool:
    return shutil.get_terminal_size().columns < ROOMY


class Command(TyperCommand):
    """`made_of` is the whole of it; `settings` is what Typer makes of its name and its help alone."""

    def __init__(self, made_of: CommandInfo, **settings: Any) -> None:
        super().__init__(**settings)
        del self.params, self.callback
        self._made_of = made_of

    def __getattr__(self, name: str) -> Any:
        if name not in ("params", "callback"):
            raise AttributeError(f"{type(self).__name__} has no attribute {name}")
        assert self._made_of.callback is not None
        complete_signature(self._made_of.callback)
        whole = get_command_from_info(self._made_of, pretty_exceptions_short=False, rich_markup_mode="rich")
        self.params, self.callback = whole.params, whole.callback
        return getattr(self, name)

    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:
        if is_narrow():
            from tcvc_cli.cli.layout.narrow_help import write_help

            write_help(self, ctx, formatter)
        else:
            super().format_help(ctx, formatter)

    def invoke(self, ctx: Context) -> Any:
        telling.note(ctx.params)
        refuse_low_limits()
        return super().invoke(ctx)


class Group(TyperGroup):
    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:
        if is_narrow():
            from tcvc_cli.cli.layout.narrow_help import write_help

            write_help(self, ctx, formatter)
        else:
            super().format_help(ctx, formatter)


class App(typer.Typer):
    """Its commands are ours."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(cls=Group, **settings)

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Any], Any]:
        registered = super().command

        def register(function: Any) -> Any:
            def unread() -> None: ...

            unread.__name__, unread.__doc__ = function.__name__, function.__doc__
            made_of = CommandInfo(name, callback=function, **settings)
            registered(name, cls=partial(Command, made_of), **settings)(unread)  # type: ignore[arg-type]
            return function

        return register
