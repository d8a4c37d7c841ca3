"""`tcvc grade`: other colours for a film that has some."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final

from typer import Argument

from tcvc_cli.cli.arguments import Json, Quiet, Verbose, record_of, taking
from tcvc_cli.cli.console import set_verbose
from tcvc_cli.cli.folders import folder_made
from tcvc_cli.run.grade.request import GradeRequest
from tcvc_cli.run.options.declaration import Option, options_of
from tcvc_cli.run.options.film import Options

OF_RESULTS: Final = (
    *("settings_file", "saturation", "warmth", "vivid", "hue_maps"),
    *("output", "preset", "encoder", "crf", "encoder_options", "is_strict", "overwrite", "skip"),
    "operator",
)


def _saying(name: str, help_text: str) -> Option:
    option = options_of(Options)[name]
    return replace(option, declared=replace(option.declared, help=help_text))


_OTHERWISE = (
    _saying("output", "Result, or FOLDER/; of film.color.mkv film.graded.mkv beside it unless given."),
    _saying("vivid", "How far pale colours are brought up; strong ones stay."),
)
ColorFilm = Annotated[
    Path, Argument(metavar="FILE", help="A film or a photograph in colour.", show_default=False)
]


@taking(GradeRequest, one_film=True, instead=_OTHERWISE, of_options=OF_RESULTS)
def grade(
    film: ColorFilm, *, as_json: Json = False, quiet: Quiet = False, verbose: Verbose = False, **given: Any
) -> None:
    """Change the colours of a finished film, without the network; its luma and all else stay as they are."""
    if verbose:
        set_verbose()
    of_result = {name: given.pop(name) for name in OF_RESULTS}
    request = record_of(GradeRequest, given, options=record_of(Options, of_result, input=film))
    from tcvc_cli.cli.progress import draw
    from tcvc_cli.run.grade.film import grade_film

    with folder_made(request.options.output_folder), closing(grade_film(request)) as events:
        draw(events, is_json=as_json, is_quiet=quiet)
