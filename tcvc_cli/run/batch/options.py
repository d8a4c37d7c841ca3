"""What a user can choose for a batch beside the options of its films."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Formatter
from typing import Annotated

from tcvc_cli.errors import UsageError
from tcvc_cli.run.machines.options import Machines
from tcvc_cli.run.options.declaration import Declared, check_options, flags_of
from tcvc_cli.run.options.film import Options, flag_of


@dataclass(frozen=True, slots=True)
class Search:
    """Where a batch looks. `sources` are folders, globs, lists of paths (one a line) or files; `pattern`
    is a glob for the names of files in folders, None: whatever is called like a film or a photograph.
    Nothing below `output` counts, nor results (files that a sidecar beside them names by their hash), nor
    hidden files; links to folders are not followed."""

    sources: tuple[str, ...]
    output: Annotated[
        Path,
        Declared(
            ("-o", "--output"),
            scope="run",
            metavar="FOLDER",
            help="Where the results go, in the same folders.",
        ),
    ]
    is_recursive: Annotated[
        bool, Declared(("--recursive", "-r"), scope="run", help="The folders below too.")
    ] = False
    pattern: Annotated[
        str | None,
        Declared(
            ("--pattern",),
            scope="run",
            metavar="GLOB",
            help="Only files called so; films and photographs unless given.",
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class Batch:
    """`options` are those of every film; its input and output are filled in."""

    search: Search
    options: Options
    name: Annotated[
        str,
        Declared(("--name",), scope="run", metavar="TEMPLATE", help="Of the results: {stem}, {name}, {ext}."),
    ] = "{stem}.color.{ext}"
    workers: Annotated[
        int,
        Declared(
            ("-j",),
            scope="run",
            metavar="N",
            help=f"So many films at once (1 to 64), sharing {flag_of('memory_mib')}.",
            least=1,
            most=64,
        ),
    ] = 1
    is_watching: Annotated[
        bool, Declared(("--watch",), scope="run", help="Stay, and take new files as they come.")
    ] = False
    report: Annotated[  # written by whoever draws the batch
        Path | None,
        Declared(("--report",), scope="run", metavar="FILE.json", help="What became of every file."),
    ] = None
    is_only_told: Annotated[
        bool,
        Declared(("--status",), scope="run", help="Only tell what stands; nothing is coloured or written."),
    ] = False
    machines: Machines = field(default_factory=Machines)

    def __post_init__(self) -> None:
        check_options(self)
        if self.machines.ray is not None and self.workers > 1:
            message = f"{flags_of(Machines)['ray']} has its own workers beside {flags_of(Batch)['workers']}"
            raise UsageError(message, "Give {ray_workers} instead of {workers}.", option="workers")
        result_name(self.name, Path("film.mkv"), ".mkv")


def result_name(template: str, path: Path, suffix: str) -> str:
    """`template` with {stem}, {name} and {ext} of one file filled in. Raises UsageError."""
    values = {"stem": path.stem, "name": path.name, "ext": suffix.removeprefix(".")}
    try:
        name = "".join(text + _filled_in(values, *field) for text, *field in Formatter().parse(template))
    except (KeyError, ValueError) as error:
        raise UsageError(
            f"{_FLAG} {template} makes no name; it takes {{stem}}, {{name}} and {{ext}}", option="name"
        ) from error
    if not name or name[0] == "." or "/" in name or "\0" in name:
        raise UsageError(f"{_FLAG} {template} makes {name or 'no name'} of {path.name}", option="name")
    return name


def _filled_in(values: Mapping[str, str], key: str | None, form: str | None, turned: str | None) -> str:
    """Without forms like {stem:>9}: a name would be as long as they say. Raises KeyError or ValueError."""
    if form or turned:
        raise ValueError(form or turned)
    return "" if key is None else values[key]


_FLAG = flags_of(Batch)["name"]
