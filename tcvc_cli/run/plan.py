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
from tcvc_cli.plan.takes import Take
from tcvc_cli.plan.windows import clips_of, windows
from tcvc_cli.records import FilmInfo, Shot, Window
from tcvc_cli.run.film.memory import clips_per_window, most_dissolve_frames
from tcvc_cli.run.options import Options

if TYPE_CHECKING:
    import torch


_FURTHER = 2


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

    def windows(self, take: Take) -> tuple[Window, ...]:
        """The windows of a shot with the options' interval and overlap, as long as memory allows."""
        options = self.options
        return windows(
            take.seen,
            interval_frames=options.interval_frames,
            clips_per_window=self.clips_per_window,
            overlap_frames=options.overlap_frames,
            pure=take.pure,
        )

    def samplings(self, window: Window, take: Take) -> tuple[Window, ...]:
        """The window, and with `--ensemble` its frames once more with anchors two frames further apart.

        TCVC's multi-sampling (intervals 17 and 19), inside a window, for any model.
        """
        if not self.options.is_ensemble:
            return (window,)
        span = Shot(window.start, window.stop)
        further = clips_of(span, self.options.interval_frames + _FURTHER, take.pure)
        return window, replace(window, clips=further)


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
    if options.is_compat:
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
