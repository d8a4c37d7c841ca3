"""The commands and groups of the command line: what Typer makes of them, with help for narrow terminals."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any, Final

import typer
from typer._click import Context, HelpFormatter
from typer.core import TyperCommand, TyperGroup

from tcvc_cli.cli import telling

ROOMY: Final = 80  # columns in which a table of options has room for its words


def is_narrow() -> bool:
    return shutil.get_terminal_size().columns < ROOMY


class Command(TyperCommand):
    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:
        if is_narrow():
            from tcvc_cli.cli.layout.narrow_help import write_help

            write_help(self, ctx, formatter)
        else:
            super().format_help(ctx, formatter)

    def invoke(self, ctx: Context) -> Any:
        telling.note(ctx.params)
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
        return super().command(name, cls=Command, **settings)
