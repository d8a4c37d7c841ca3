"""`tcvc batch`: folders of films, the same folders of colour films."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Context, Option

from tcvc_cli.cli import arguments as an
from tcvc_cli.cli.commands.colorize import options_from
from tcvc_cli.cli.commands.config import origins_named
from tcvc_cli.cli.console import name, one_line, set_verbose
from tcvc_cli.errors import BatchFailed
from tcvc_cli.run.options import NAME, Options

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tcvc_cli.run.batch.films import Batch
    from tcvc_cli.run.events import Event, FileEnded

DEFAULT = Options(input=Path())
_ELSEWHERE = ("context", "sources", "output", "recursive", "pattern", "name", "workers", "watch", "report")
FOLDERS = "Folders"

Sources = Annotated[
    list[str],
    Argument(
        metavar="FOLDER|GLOB|LIST",
        help="Folders, quoted globs, or lists of paths (.txt, one a line).",
        show_default=False,
    ),
]
Output = Annotated[
    Path, Option("-o", "--output", metavar="FOLDER", help="Where the results go, in the same folders.")
]
Recursive = Annotated[bool, Option("-r", "--recursive", metavar="", help="The folders below too.")]
Pattern = Annotated[
    str | None, Option(metavar="GLOB", help="Only files called so; films and photographs unless given.")
]
Name = Annotated[str, Option(metavar="TEMPLATE", help="Of the results: {stem}, {name}, {ext}.")]
Workers = Annotated[int, Option("-j", metavar="N", help="So many films at once (1 to 64), sharing --memory.")]
Watch = Annotated[bool, Option("--watch", metavar="", help="Stay, and take new files as they come.")]
Report = Annotated[
    Path | None, Option(metavar="FILE.json", help="What became of every file.", show_default=False)
]


def batch(
    context: Context,
    sources: Sources,
    *,
    output: Output,
    recursive: Recursive = False,
    pattern: Pattern = None,
    name: Name = NAME,
    workers: Workers = 1,
    watch: Watch = False,
    report: Report = None,
    preset: an.Preset = DEFAULT.preset,
    encoder: an.Encoder = None,
    crf: an.Crf = None,
    encoder_opt: an.EncoderOptions = None,
    chroma: an.Chroma = DEFAULT.chroma,
    strict: an.Strict = False,
    proof: an.Proof = False,
    premis: an.Premis = False,
    overwrite: an.Overwrite = False,
    memory: an.Memory = None,
    work_dir: an.WorkDir = None,
    model: an.Model = DEFAULT.model,
    device: an.Device = DEFAULT.device,
    saturation: an.Saturation = DEFAULT.saturation,
    colour_parts: an.ColorParts = DEFAULT.color_parts,
    palette: an.Palette = DEFAULT.palette,
    ensemble: an.Ensemble = False,
    interval: an.Interval = DEFAULT.interval_frames,
    overlap: an.Overlap = DEFAULT.overlap_frames,
    model_size: an.ModelSize = DEFAULT.model_size_px,
    as_json: an.Json = False,
    quiet: an.Quiet = False,
    verbose: an.Verbose = False,
) -> None:
    """Colour all films of folders; done ones are skipped, failed ones named, and the rest goes on."""
    given = {key: value for key, value in locals().items() if key not in _ELSEWHERE}
    if verbose:
        set_verbose()
    with origins_named(context):
        options = options_from(Path(), {**given, "overwrite": overwrite, "skip": False})
    from tcvc_cli.run.batch.films import Batch
    from tcvc_cli.run.batch.find import Search

    search = Search(tuple(sources), output, pattern, is_recursive=recursive)
    batch = Batch(search, options, name, workers, is_watching=watch, report=report)
    run(batch, is_json=as_json, is_quiet=quiet)


def run(batch: Batch, *, is_json: bool, is_quiet: bool) -> None:
    """Draws the batch, writes the report after every file, and fails when a file did."""
    from tcvc_cli.cli.progress import draw
    from tcvc_cli.run.batch.films import run_batch

    ended: list[FileEnded] = []
    try:
        with closing(run_batch(batch)) as events:
            draw(noted(events, ended, batch), is_json=is_json, is_quiet=is_quiet)
    finally:  # a batch that is stopped tells too how far it came
        if ended and not is_json:
            print_table(ended)
    failed = sum(one.state == "failed" for one in ended)
    if failed:
        raise BatchFailed(f"{failed} of {len(ended)} files failed")


def noted(events: Iterable[Event], ended: list[FileEnded], batch: Batch) -> Iterator[Event]:
    """The same events; `ended` is what the report holds."""
    from tcvc_cli.run.batch.report import write_report
    from tcvc_cli.run.events import BatchFinished, FileEnded

    for event in events:
        if isinstance(event, FileEnded):
            ended[:] = [one for one in ended if one.input != event.input] + [event]
        if batch.report is not None and isinstance(event, FileEnded | BatchFinished):
            write_report(ended, batch.report, is_overwriting=batch.options.on_existing == "overwrite")
        yield event


def print_table(ended: Sequence[FileEnded]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("file", "state", "frames", "seconds", "what", box=None, header_style="bold")
    for one in ended:
        what = one.message if one.message is not None else one.output
        seconds = f"{one.seconds:.1f}"
        table.add_row(name(one.input), one.state, str(one.frames or ""), seconds, one_line(what or ""))
    Console(markup=False, highlight=False, soft_wrap=True).print(table)
