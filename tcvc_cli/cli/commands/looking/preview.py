"""`tcvc preview`: a second of each of the most different shots, coloured, before the whole film is."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import Any, Final

from tcvc_cli.cli.arguments import Film, Json, Quiet, Verbose, record_of, taking
from tcvc_cli.cli.console import set_verbose
from tcvc_cli.cli.folders import folder_made
from tcvc_cli.review.preview.request import PreviewRequest
from tcvc_cli.run.options.declaration import Option, options_of
from tcvc_cli.run.options.film import Options

OF_FILM: Final = (
    *("model", "device", "settings_file", "saturation", "warmth", "hue_maps", "points", "vivid"),
    *("color_parts", "references", "references_weight", "references_between", "is_shot_alone", "palette"),
    *("is_ensemble", "interval_frames", "overlap_frames", "model_size_px", "output", "preset", "encoder"),
    *("crf", "encoder_options", "chroma", "overwrite", "skip", "memory_mib"),
    *("start_s", "end_s", "shots_file"),
)


def _saying(name: str, help_text: str) -> Option:
    option = options_of(Options)[name]
    return replace(option, declared=replace(option.declared, help=help_text))


_OTHERWISE = (_saying("output", "The preview, or FOLDER/; FILM.preview.mkv beside the film unless given."),)


@taking(PreviewRequest, one_film=True, instead=_OTHERWISE, of_options=OF_FILM)
def preview(
    film: Film, *, as_json: Json = False, quiet: Quiet = False, verbose: Verbose = False, **given: Any
) -> None:
    """Colour a second of each of the shots that differ most, as a short film, to see what to expect."""
    if verbose:
        set_verbose()
    of_film = {name: given.pop(name) for name in OF_FILM}
    options = record_of(Options, of_film, input=film)
    request = record_of(PreviewRequest, given, options=options)
    from tcvc_cli.cli.progress import draw
    from tcvc_cli.review.preview.make import make_preview

    with folder_made(options.output_folder), closing(make_preview(request)) as events:
        draw(events, is_json=as_json, is_quiet=quiet)
