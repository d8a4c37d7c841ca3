"""`tcvc palettes`: the colourings of each shot side by side, to choose one for the settings."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from typer import Argument

from tcvc_cli.cli.arguments import Json, Quiet, Verbose, record_of, taking
from tcvc_cli.cli.console import one_line, set_verbose
from tcvc_cli.cli.folders import folder_made
from tcvc_cli.cli.layout.tables import print_rows
from tcvc_cli.run.options.declaration import Option, options_of
from tcvc_cli.run.options.film import Options, flag_of
from tcvc_cli.run.palettes.request import PalettesRequest

if TYPE_CHECKING:
    from tcvc_cli.run.events import Event, ShotPalettes

OF_FILM: Final = (
    *("model", "device", "settings_file", "saturation", "warmth", "hue_maps", "vivid"),
    *("model_size_px", "output", "overwrite", "skip", "shots_file"),
)


def _saying(name: str, help_text: str) -> Option:
    option = options_of(Options)[name]
    return replace(option, declared=replace(option.declared, help=help_text))


_OTHERWISE = (_saying("output", "A PNG, or FOLDER/; FILM.palettes.png beside the film unless given."),)
FilmOrPhotograph = Annotated[
    Path, Argument(metavar="FILE", help="A film or a photograph.", show_default=False)
]


@taking(PalettesRequest, one_film=True, instead=_OTHERWISE, of_options=OF_FILM)
def palettes(
    film: FilmOrPhotograph,
    *,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    **given: Any,
) -> None:
    """Lay the model's colourings of each shot side by side in a picture, to choose one in the settings."""
    if verbose:
        set_verbose()
    of_film = {name: given.pop(name) for name in OF_FILM}
    options = record_of(Options, of_film, input=film)
    request = record_of(PalettesRequest, given, options=options)
    from tcvc_cli.cli.progress import draw
    from tcvc_cli.run.palettes.film import lay_palettes

    rows: list[ShotPalettes] = []
    with folder_made(options.output_folder), closing(lay_palettes(request)) as events:
        draw(watched(events, rows), is_json=as_json, is_quiet=quiet)
    if rows and not as_json:
        print_table(rows)
        print(choosing_line(options, rows[0]))


def watched(events: Iterable[Event], rows: list[ShotPalettes]) -> Iterator[Event]:
    """The same events; what is found of each shot is kept."""
    from tcvc_cli.run.events import ShotPalettes

    for event in events:
        if isinstance(event, ShotPalettes):
            rows.append(event)
        yield event


def print_table(rows: Sequence[ShotPalettes]) -> None:
    from tcvc_cli.settings.film.clock import clock_time

    heads = ("shot", "from", "now", "most saturated", "chroma", "steadiest", "flicker")
    cells = []
    for row in rows:
        seen = {one.coloring: one for one in row.colorings}
        flicker = None if row.steadiest is None else seen[row.steadiest].flicker
        shown = (
            str(row.shot),
            clock_time(row.starts_s),
            str(row.palette),
            str(row.most_saturated),
            f"{seen[row.most_saturated].chroma:.1f}",
            "-" if row.steadiest is None else str(row.steadiest),
            "-" if flicker is None else f"{flicker:.4f}",
        )
        cells.append(shown)
    print_rows(heads, cells)


def choosing_line(options: Options, row: ShotPalettes) -> str:
    """The command that chooses, of the first shot's palettes, the most saturated."""
    best = max((one for one in row.colorings if isinstance(one.coloring, int)), key=lambda one: one.chroma)
    words = ["tcvc", "settings", str(options.input), "--shot", str(row.shot), "--palette", str(best.coloring)]
    for name in ("settings_file", "shots_file"):
        path = getattr(options, name)
        words += [] if path is None else [flag_of(name), str(path)]
    return one_line(f"to choose, for example: {shlex.join(words)}")
