"""`tcvc colorize`: films and photographs in, colour out."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from tcvc_cli.cli import arguments as an
from tcvc_cli.cli.console import set_verbose
from tcvc_cli.errors import UsageError
from tcvc_cli.run.options import OnExisting, Options

DEFAULT = Options(input=Path())


def colorize(
    inputs: an.Films,
    *,
    output: an.Output = None,
    preset: an.Preset = DEFAULT.preset,
    overwrite: an.Overwrite = False,
    skip: an.Skip = False,
    dry_run: an.DryRun = False,
    memory: an.Memory = None,
    work_dir: an.WorkDir = None,
    fresh: an.Fresh = False,
    model: an.Model = DEFAULT.model,
    device: an.Device = DEFAULT.device,
    saturation: an.Saturation = DEFAULT.saturation,
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
    if verbose:
        set_verbose()
    if output is not None and len(inputs) > 1:
        raise UsageError(f"-o names one file, and there are {len(inputs)} inputs", "Give them one by one.")
    chosen = [
        Options(
            input=film,
            output=output,
            model=model,
            device=device,
            preset=preset,
            interval_frames=interval,
            overlap_frames=overlap,
            model_size_px=model_size,
            saturation=saturation,
            palette=palette,
            is_ensemble=ensemble,
            is_compat=compat,
            start_s=start,
            end_s=end,
            shots_file=shots,
            on_existing=on_existing(overwrite=overwrite, skip=skip),
            is_dry_run=dry_run,
            memory_mib=memory,
            work_folder=work_dir,
            is_fresh=fresh,
        )
        for film in inputs
    ]
    for options in chosen:
        colorize_one(options, is_json=as_json, is_quiet=quiet)


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
