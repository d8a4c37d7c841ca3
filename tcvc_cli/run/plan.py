"""What is decided before the first frame is coloured."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from tcvc_cli.color.matrix import matrix_of
from tcvc_cli.errors import UsageError
from tcvc_cli.media.write.encode import try_encoder
from tcvc_cli.model.engine import Engine
from tcvc_cli.model.film_network import FilmNetwork
from tcvc_cli.model.networks.mini import FeatureColorizer
from tcvc_cli.model.runtime import choose_device, load_network, precision_on, use_repeatable_threads
from tcvc_cli.model.weights.store import sha256
from tcvc_cli.plan.model_size import model_size
from tcvc_cli.plan.steps import AsPublished, InWindows, Method
from tcvc_cli.plan.windows import DEFAULT_CLIPS_PER_WINDOW
from tcvc_cli.records import FilmInfo
from tcvc_cli.run.film.memory import clips_per_window, most_dissolve_frames
from tcvc_cli.run.options import Options

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Job:
    """One film, with everything that it takes."""

    options: Options
    film: FilmInfo
    output: Path
    engine: Engine
    size_px: tuple[int, int]  # (width, height) of the network's input
    device: str
    precision: str
    weights_sha256: str
    clips_per_window: int
    most_dissolve_frames: int

    @property
    def method(self) -> Method:
        """How the film is divided for the model, by the options and as memory allows."""
        return method_of(self.options, self.clips_per_window)


def method_of(options: Options, clips_per_window: int = DEFAULT_CLIPS_PER_WINDOW) -> Method:
    """What the options ask for."""
    if options.is_compat:
        return AsPublished(options.is_ensemble)
    return InWindows(options.interval_frames, options.overlap_frames, clips_per_window, options.is_ensemble)


def prepare(options: Options, film: FilmInfo, output: Path) -> Job:
    """Load the network, fix all sizes. Raises what is wrong with model, device or preset."""
    _check_coding(options, film)
    use_repeatable_threads()
    device = choose_device(options.device)
    precision = precision_on(device)
    network = cast(FilmNetwork, load_network(options.model, device))
    if options.palette:
        _choose_palette(network, options)
    size = _network_size(options, film, network)
    return Job(
        options=options,
        film=film,
        output=output,
        engine=Engine(network, precision),
        size_px=size,
        device=str(device),
        precision=_short(precision.layers),
        weights_sha256=sha256(options.model),
        clips_per_window=clips_per_window(options, film, size),
        most_dissolve_frames=most_dissolve_frames(options, film, size),
    )


def fitted(job: Job, film: FilmInfo) -> Job:
    """The same for `film`, which is its film as the part that is coloured shows it."""
    if film == job.film:
        return job
    _check_coding(job.options, film)
    size = _network_size(job.options, film, job.engine.network)
    return replace(job, film=film, size_px=size, clips_per_window=clips_per_window(job.options, film, size))


def _check_coding(options: Options, film: FilmInfo) -> None:
    if not film.is_photograph:
        try_encoder(film, options.encoding)
        matrix_of(film.color, height_px=film.height_px)


def _network_size(options: Options, film: FilmInfo, network: FilmNetwork) -> tuple[int, int]:
    if method_of(options).is_at_film_size:
        return film.size_px
    return model_size(
        film.width_px,
        film.height_px,
        sample_aspect=film.sample_aspect,
        short_side_px=options.model_size_px or network.native_size_px,
        multiple=network.stride,
    )


def _choose_palette(network: FilmNetwork, options: Options) -> None:
    if not isinstance(network, FeatureColorizer):
        raise UsageError(f"{options.model} has no other palettes", "Leave out --palette, or use tcvc-mini.")
    network.palette = options.palette


def _short(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
