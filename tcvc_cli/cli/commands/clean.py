"""`tcvc clean`: what stopped runs left behind."""

from __future__ import annotations

import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument, Option

from tcvc_cli.cli import arguments as an
from tcvc_cli.cli.console import name, one_line, size
from tcvc_cli.errors import UsageError
from tcvc_cli.run.batch.options import Search

if TYPE_CHECKING:
    from tcvc_cli.run.resume.leftovers import Leftover

Place = Annotated[Path, Argument(metavar="[FOLDER]", help="Where to look; here unless given.")]
Remove = Annotated[bool, Option("--remove", metavar="", help="Remove what is found and not in use.")]
Yes = Annotated[bool, Option("--yes", metavar="", help="Do not ask before removing.")]
Recursive = Annotated[bool, an.shared(Search, "is_recursive")]


def clean(
    folder: Place = Path(),
    *,
    remove: Remove = False,
    yes: Yes = False,
    recursive: Recursive = False,
    as_json: an.Json = False,
) -> None:
    """List unfinished films, with --remove remove them; the same colorize command would go on with one."""
    if remove and not yes and (as_json or not sys.stdin.isatty()):
        raise UsageError("--remove asks first, and there is nobody to ask", "Add --yes.")
    from tcvc_cli.run.resume.leftovers import leftovers

    unfinished = []
    for found in leftovers(folder, is_recursive=recursive):
        if remove and yes and not found.is_in_use:
            remove_one(found, is_json=as_json)
        else:
            tell(found, "in use" if found.is_in_use else "unfinished", is_json=as_json)
            unfinished.append(found)
    if remove and not yes:
        remove_when_asked([one for one in unfinished if not one.is_in_use])


def remove_when_asked(found: list[Leftover]) -> None:
    """One question for all, after what it is about."""
    if not found:
        return
    films = "this unfinished film" if len(found) == 1 else f"these {len(found)} unfinished films"
    room = size(sum(one.size_bytes for one in found) / 2**20)
    if typer.confirm(f"Remove what is kept of {films}, {room}?", err=True):
        for one in found:
            remove_one(one, is_json=False)


def remove_one(found: Leftover, *, is_json: bool) -> None:
    from tcvc_cli.run.resume.leftovers import remove_leftover

    remove_leftover(found)
    tell(found, "removed", is_json=is_json)


def tell(found: Leftover, state: str, *, is_json: bool) -> None:
    if is_json:
        from tcvc_cli.cli.ndjson import write_record
        from tcvc_cli.cli.printed import LeftoverPrinted

        given = {one.name: getattr(found, one.name) for one in fields(found)}
        write_record(LeftoverPrinted(**given, is_removed=state == "removed"), sys.stdout)
    else:
        about = f"{name(found.input)}: {found.used_by or f'{found.segments} segments'}"
        room = size(found.size_bytes / 2**20)
        print(one_line(f"{state}  {name(found.folder)}  {room}  {about}"), flush=True)
