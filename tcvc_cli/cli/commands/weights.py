"""`tcvc weights`: the networks' weights, where they come from and whether they are complete."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tcvc_cli.cli.arguments import Json
from tcvc_cli.cli.command import App
from tcvc_cli.cli.console import console_for_people, one_line, say_error, size
from tcvc_cli.cli.layout.tables import print_rows
from tcvc_cli.errors import UsageError, WeightsRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcvc_cli.model.colorizer import Packaged
    from tcvc_cli.model.weights.store import Listed, Verdict

app = App()

Name = Annotated[str, typer.Argument(metavar="NAME", help="As tcvc weights list says.", show_default=False)]
NameOrFile = Annotated[
    str | None,
    typer.Argument(metavar="[NAME|FILE]", help="All that are here, unless given.", show_default=False),
]
Checkpoint = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="Official .pth or .pth.tar, or .safetensors.", show_default=False),
]


@app.callback(invoke_without_command=True)
def weights_command(context: typer.Context) -> None:
    """List, get and check the weights of the networks."""
    if context.invoked_subcommand is None:
        raise UsageError("no command given", "For example: tcvc weights list, or see tcvc weights --help.")


@app.command("list")
def list_weights(*, as_json: Json = False) -> None:
    """Print every set of weights that tcvc knows, and which are here."""
    from tcvc_cli.cli.ndjson import write_record
    from tcvc_cli.cli.printed import PackagePrinted
    from tcvc_cli.model.colorizer import packaged
    from tcvc_cli.model.weights.store import survey

    listed, of_packages = survey(), packaged()
    if as_json:
        for item in listed:
            write_record(fields(item), sys.stdout)
        for one in of_packages:
            write_record(PackagePrinted(one.name, one.package, one.wrong), sys.stdout)
    else:
        print_table(listed, of_packages)


@app.command()
def show(name: Name, *, as_json: Json = False) -> None:
    """Print all that the manifest says of one set of weights."""
    from tcvc_cli.cli.ndjson import write_record
    from tcvc_cli.model.weights.store import survey_one

    record = fields(survey_one(name))
    if as_json:
        write_record(record, sys.stdout)
        return
    for key, value in record.items():
        text = " ".join(map(str, value.values())) if isinstance(value, dict) else value
        print(f"{key:<12}{one_line(UNKNOWN.get(key, '') if text is None else text)}")


@app.command()
def pull(name: Name) -> None:
    """Download weights into the cache, check their hash, and print where they lie."""
    from tcvc_cli.model.weights import store as weights

    console = console_for_people()
    if not console.is_terminal:
        print(weights.pull(name))
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(name, total=None)
        path = weights.pull(
            name, on_progress=lambda here, total: bar.update(task, completed=here, total=total)
        )
    print(path)


@app.command()
def verify(what: NameOrFile = None) -> None:
    """Check files against their hashes; exit code 5 if one is not what it should be."""
    from tcvc_cli.model.weights import store as weights

    verdicts = [weights.verify_named(what)] if what is not None else list(weights.verify_all())
    for verdict in verdicts:
        say_verdict(verdict)
    refused = [one_line(verdict.path) for verdict in verdicts if verdict.error is not None]
    if refused:
        raise WeightsRefused(f"not what they should be: {', '.join(refused)}")


@app.command("import")
def import_weights(name: Name, file: Checkpoint) -> None:
    """Check a checkpoint that you have, keep it in the cache as safetensors, and print where."""
    from tcvc_cli.model.weights import store as weights

    print(weights.import_file(name, file))


@app.command()
def path(name: Name) -> None:
    """Print where the file of one set of weights lies."""
    from tcvc_cli.model.weights import store as weights

    print(weights.find(name).path)


UNKNOWN = {
    "size_bytes": "not known to tcvc",
    "sha256": "not known to tcvc",
    "licence": "none stated",
    "path": "not here",
}


def fields(item: Listed) -> dict[str, object]:
    """The manifest's fields and `path`, which is None where the file is not here."""
    from tcvc_cli.model.weights.manifest import as_json

    return {**as_json(item.entry), "path": str(item.file.path) if item.file else None}


def print_table(listed: Sequence[Listed], of_packages: Sequence[Packaged]) -> None:
    rows: list[tuple[str, ...]] = []
    for item in listed:
        entry = item.entry
        length = item.file.size_bytes if item.file else entry.size_bytes
        place = item.file.place if item.file else "no"
        room = size(length / 2**20) if length is not None else "not known"
        licence = entry.licence or "none stated"
        rows.append((entry.name, place, room, entry.source.kind, licence, entry.good_for))
    for one in of_packages:
        brings = "Brings its own weights." if one.wrong is None else f"Not used: {one.wrong}."
        rows.append((one_line(one.name), "no" if one.wrong else "package", "", one.package, "", brings))
    print_rows(("name", "here", "size", "source", "licence", "good for"), rows)


def say_verdict(verdict: Verdict) -> None:
    if verdict.error is not None:
        say_error(verdict.error)
    else:
        print(f"ok  {verdict.name}  {one_line(verdict.path)}")
