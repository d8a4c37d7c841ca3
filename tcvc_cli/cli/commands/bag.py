"""`tcvc bag`: original, result, sidecar and proof in one folder that says of every file what it must be."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, BadParameter, Option

from tcvc_cli.cli.arguments import Original, Verbose
from tcvc_cli.cli.console import console_for_people, name, set_verbose, size

Result = Annotated[
    Path, Argument(metavar="RESULT", help="The colour film, with its sidecar beside it.", show_default=False)
]
Folder = Annotated[
    Path | None,
    Option("-o", "--output", metavar="FOLDER", help="The bag; RESULT.bag beside the result unless given."),
]
Info = Annotated[
    list[str] | None,
    Option(metavar="NAME=TEXT", help="A line of bag-info.txt, such as Source-Organization=…; repeatable."),
]


def bag(
    original: Original,
    result: Result,
    *,
    output: Folder = None,
    info: Info = None,
    verbose: Verbose = False,
) -> None:
    """Pack original, result, sidecar and proof as a BagIt bag."""
    if verbose:
        set_verbose()
    from tcvc_cli.run.provenance.bag import pack

    folder = output or result.with_name(f"{result.name}.bag")
    packed = pack(original, result, folder, dict(map(pair, info or ())))
    words = f"{name(packed.folder)}: {packed.files} files, {size(packed.size_bytes / 2**20)}"
    console_for_people().print(words)


def pair(text: str) -> tuple[str, str]:
    """Name and text of `NAME=TEXT`, both on one line."""
    label, equals, value = text.partition("=")
    if not (label.strip() and equals and value.strip()) or not text.isprintable() or ":" in label:
        raise BadParameter(f"{text!r} is not NAME=TEXT", param_hint="--info")
    return label.strip(), value.strip()
