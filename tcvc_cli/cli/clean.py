"""`tcvc clean`: what stopped runs left behind."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from tcvc_cli.cli import arguments as an
from tcvc_cli.cli.console import name, one_line, size

if TYPE_CHECKING:
    from tcvc_cli.run.leftovers import Leftover

Place = Annotated[Path, Argument(metavar="[FOLDER]", help="Where to look; here unless given.")]
Remove = Annotated[bool, Option("--remove", metavar="", help="Remove what is found and not in use.")]
Recursive = Annotated[bool, Option("-r", "--recursive", metavar="", help="Look into the folders below too.")]


def clean(
    folder: Place = Path(),
    *,
    remove: Remove = False,
    recursive: Recursive = False,
    as_json: an.Json = False,
) -> None:
    """List unfinished films, with --remove remove them; the same colorize command would go on with one."""
    from tcvc_cli.run.leftovers import leftovers, remove_leftover

    for found in leftovers(folder, is_recursive=recursive):
        is_removed = remove and not found.is_in_use
        if is_removed:
            remove_leftover(found)
        if as_json:
            print_json(found, is_removed=is_removed)
        else:
            print(line_of(found, is_removed=is_removed), flush=True)


def print_json(found: Leftover, *, is_removed: bool) -> None:
    from tcvc_cli.cli.ndjson import plain, write_line

    write_line({**plain(found), "is_removed": is_removed}, sys.stdout)


def line_of(found: Leftover, *, is_removed: bool) -> str:
    state = "in use" if found.is_in_use else "removed" if is_removed else "unfinished"
    about = f"{name(found.input)}: {found.segments} segments" if found.input else "no journal"
    return one_line(f"{state}  {name(found.folder)}  {size(found.size_bytes / 2**20)}  {about}")
