"""`tcvc settings`: what people decided about a film, shot by shot."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Option

from tcvc_cli.cli.arguments import Film, Json, Verbose, record_of, taking, typer_option
from tcvc_cli.cli.console import one_line, set_verbose
from tcvc_cli.cli.layout.tables import print_rows
from tcvc_cli.run.options.declaration import options_of
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.settings.options import SettingsChange

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcvc_cli.records import FilmInfo, Shot
    from tcvc_cli.run.settings.applied import ShotSettings
    from tcvc_cli.run.settings.change import Changed

ShotsFile = Annotated[Path | None, typer_option(options_of(Options)["shots_file"])]
SettingsFile = Annotated[
    Path | None,
    Option("--settings", metavar="FILE", help="The settings; FILM.tcvc.toml beside the film unless given."),
]


@taking(SettingsChange, one_film=True)
def settings(
    film: Film,
    *,
    settings_file: SettingsFile = None,
    shots_file: ShotsFile = None,
    as_json: Json = False,
    verbose: Verbose = False,
    **given: Any,
) -> None:
    """Print what holds for each shot of a film and where that is decided, or decide something."""
    if verbose:
        set_verbose()
    change = record_of(SettingsChange, given)
    from tcvc_cli.media.read.probe import probe
    from tcvc_cli.run.settings.applied import settings_of_shots
    from tcvc_cli.run.settings.change import change_settings, settings_or_none
    from tcvc_cli.settings.film.read import settings_path

    info = probe(film)
    path = settings_file or settings_path(film)
    said = settings_or_none(path)  # what cannot be read is told before the walk
    shots = find(info, shots_file)
    if change.is_empty:
        found = settings_of_shots(said, shots, info.frame_rate)
        chosen = [one for one in found if not change.shots or one.number in change.shots]
        print_json(info, path, chosen) if as_json else print_table(path, chosen)
    else:
        print_changes(path, change_settings(path, change, shots, info.frame_rate), is_json=as_json)


def find(film: FilmInfo, shots_file: Path | None) -> tuple[Shot, ...]:
    """With a bar on stderr where that is a terminal and the film has to be walked through."""
    from tcvc_cli.cli.progress import bar_of_shots
    from tcvc_cli.run.settings.film_shots import film_shots

    with bar_of_shots(film.frame_count) as seen:
        return film_shots(film, shots_file=shots_file, progress=seen)


def print_json(film: FilmInfo, path: Path, shots: Sequence[ShotSettings]) -> None:
    """One object: the film, the file, and each shot with what holds for it."""
    from tcvc_cli.cli.ndjson import write_record
    from tcvc_cli.cli.printed import SettingsPrinted

    write_record(SettingsPrinted(film.path, path, film.frame_rate, tuple(shots)), sys.stdout)


def print_table(path: Path, shots: Sequence[ShotSettings]) -> None:
    from tcvc_cli.run.settings.applied import rows_of
    from tcvc_cli.settings.film.clock import clock_time

    cells = []
    for row in rows_of(shots):
        number = str(row.first) if row.first == row.last else f"{row.first} to {row.last}"
        lines = [(one.key, one.value, one.place) for one in row.applied] or [("", "", "")]
        for at, (key, value, place) in enumerate(lines):
            start = (number, clock_time(row.starts_s)) if at == 0 else ("", "")
            cells.append((*start, key, one_line(value), place))
    print_rows(("shot", "from", "what", "is", "decided in"), cells)
    print(one_line(f"lines are those of {path}" if path.is_file() else f"there is no {path}"))


def print_changes(path: Path, changes: Sequence[Changed], *, is_json: bool) -> None:
    from tcvc_cli.cli.ndjson import write_record
    from tcvc_cli.cli.printed import SettingsChanged

    if is_json:
        write_record(SettingsChanged(path, tuple(changes)), sys.stdout)
        return
    for one in changes:
        shot = "the film" if one.shot is None else f"shot {one.shot}"
        before = f" (was {one.before})" if one.before else ""
        print(one_line(f"{path}: {shot}: {one.key} {one.after or 'is not decided any more'}{before}"))
    if not changes:
        print(one_line(f"{path}: nothing changes"))
