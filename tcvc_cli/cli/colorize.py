"""`tcvc colorize`: films and photographs in, colour out."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from tcvc_cli.cli import arguments as an
from tcvc_cli.cli.console import set_verbose
from tcvc_cli.cli.values import key_and_value
from tcvc_cli.errors import UsageError
from tcvc_cli.run.options import OnExisting, Options

DEFAULT = Options(input=Path())
_ELSEWHERE = ("inputs", "overwrite", "skip", "as_json", "quiet", "verbose")
_FIELDS = {  # of Options, where their names say more than those of the arguments
    "encoder_opt": "encoder_options",
    "strict": "is_strict",
    "dry_run": "is_dry_run",
    "proof": "is_proved",
    "premis": "has_premis",
    "ensemble": "is_ensemble",
    "compat": "is_compat",
    "interval": "interval_frames",
    "overlap": "overlap_frames",
    "model_size": "model_size_px",
    "start": "start_s",
    "end": "end_s",
    "shots": "shots_file",
}


def colorize(
    inputs: an.Films,
    *,
    output: an.Output = None,
    preset: an.Preset = DEFAULT.preset,
    encoder: an.Encoder = None,
    crf: an.Crf = None,
    encoder_opt: an.EncoderOptions = None,
    chroma: an.Chroma = DEFAULT.chroma,
    strict: an.Strict = False,
    overwrite: an.Overwrite = False,
    skip: an.Skip = False,
    dry_run: an.DryRun = False,
    proof: an.Proof = False,
    premis: an.Premis = False,
    model: an.Model = DEFAULT.model,
    device: an.Device = DEFAULT.device,
    saturation: an.Saturation = DEFAULT.saturation,
    color_parts: an.ColorParts = DEFAULT.color_parts,
    palette: an.Palette = DEFAULT.palette,
    ensemble: an.Ensemble = False,
    compat: an.Compat = False,
    interval: an.Interval = DEFAULT.interval_frames,
    overlap: an.Overlap = DEFAULT.overlap_frames,
    model_size: an.ModelSize = DEFAULT.model_size_px,
    start: an.Start = None,
    end: an.End = None,
    shots: an.ShotList = None,
    as_json: an.Json = False,
    quiet: an.Quiet = False,
    verbose: an.Verbose = False,
) -> None:
    """Colour black-and-white films; sound, subtitles and the rest are carried over."""
    given = locals()
    if verbose:
        set_verbose()
    if output is not None and len(inputs) > 1:
        raise UsageError(f"-o names one file, and there are {len(inputs)} inputs", "Give them one by one.")
    for options in [options_from(film, given) for film in inputs]:
        colorize_one(options, is_json=as_json, is_quiet=quiet)


def options_from(film: Path, given: Mapping[str, Any]) -> Options:
    """The options of one film; `given` are the arguments of `colorize`, by its names."""
    fields = {_FIELDS.get(name, name): value for name, value in given.items() if name not in _ELSEWHERE}
    fields["encoder_options"] = tuple(map(key_and_value, given["encoder_opt"] or ()))
    existing = on_existing(overwrite=given["overwrite"], skip=given["skip"])
    return Options(input=film, on_existing=existing, **fields)


def on_existing(*, overwrite: bool, skip: bool) -> OnExisting:
    if overwrite and skip:
        raise UsageError("-y and -n exclude each other")
    return "overwrite" if overwrite else "skip" if skip else "refuse"


def colorize_one(options: Options, *, is_json: bool, is_quiet: bool) -> None:
    """Runs one film and draws it; whatever happens, the run is closed, so that it can tidy up."""
    from tcvc_cli.cli.progress import draw
    from tcvc_cli.run.colorize import colorize as run

    with closing(run(options)) as events:
        draw(events, is_json=is_json, is_quiet=is_quiet)
