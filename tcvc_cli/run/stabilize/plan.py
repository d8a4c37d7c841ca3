"""What is decided before the first frame is steadied."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tcvc_cli.errors import InputError, UsageError
from tcvc_cli.media.carry.containers import default_output
from tcvc_cli.media.read.probe import probe
from tcvc_cli.plan.model_size import model_size
from tcvc_cli.plan.windows import DEFAULT_CLIPS_PER_WINDOW
from tcvc_cli.records import FilmInfo
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.plan import FilmPlan, InputSize
from tcvc_cli.run.stabilize.requests import Stabilization

SHORT_SIDE_PX = 240
DEVICE, PRECISION = "cpu", "float32"
_MULTIPLE_PX = 2
_MOST_DISSOLVE_FRAMES = 33  # as long as a window


def options_of_film(request: Stabilization, film: FilmInfo) -> Options:
    """With the name of the result; every shot is steadied, whatever its colours."""
    return replace(request.options, output=_output(request, film), color_parts="recolour")


def _output(request: Stabilization, film: FilmInfo) -> Path:
    if request.output is not None:
        return request.output
    suffix = default_output(film, request.options.encoding).suffix
    colors = request.colors.absolute()
    stem = colors.name if colors.is_dir() else colors.stem
    return request.options.result_path(request.colors.parent / f"{stem}.steady{suffix}")


def plan_of(options: Options, film: FilmInfo, output: Path) -> FilmPlan:
    return FilmPlan(
        options=options,
        film=film,
        output=output,
        input_size=InputSize(SHORT_SIDE_PX, _MULTIPLE_PX),
        size_px=size_of(film),
        device=DEVICE,
        precision=PRECISION,
        weights_sha256="",
        clips_per_window=DEFAULT_CLIPS_PER_WINDOW,
        most_dissolve_frames=_MOST_DISSOLVE_FRAMES,
    )


def size_of(film: FilmInfo) -> tuple[int, int]:
    """(width, height) at which colours are steadied: small films as they are."""
    return model_size(
        film.width_px,
        film.height_px,
        sample_aspect=film.sample_aspect,
        short_side_px=min(SHORT_SIDE_PX, *film.size_px),
        multiple=_MULTIPLE_PX,
    )


def film_of(request: Stabilization) -> FilmInfo:
    """Which gives luma, sound and all else. Raises InputError, or UsageError for a folder without a film."""
    if request.film is None and request.colors.is_dir():
        raise UsageError("a folder of pictures has no frame rate and no sound", "Give the film with {film}.")
    film = probe(request.options.input)
    if film.is_photograph:
        raise InputError(f"{film.path.name} is one picture, and cannot flicker", "Give a film with {film}.")
    return film
