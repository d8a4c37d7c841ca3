"""What is decided before the first frame is coloured."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from tcvc_cli.media.encode import output_format
from tcvc_cli.model.engine import Engine
from tcvc_cli.model.network import FilmNetwork
from tcvc_cli.model.runtime import choose_device, load_network, precision_on
from tcvc_cli.model.weights import sha256
from tcvc_cli.plan.model_size import model_size
from tcvc_cli.plan.windows import windows
from tcvc_cli.records import FilmInfo, Shot, Window
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

    def windows(self, shot: Shot) -> tuple[Window, ...]:
        """The windows of a shot with the options' interval and overlap."""
        options = self.options
        return windows(shot, interval_frames=options.interval_frames, overlap_frames=options.overlap_frames)


def prepare(options: Options, film: FilmInfo, output: Path) -> Job:
    """Load the network and fix all sizes. Raises what is wrong with model, device or preset before any work."""
    if not film.is_photograph:
        output_format(film, options.preset)
    device = choose_device(options.device)
    precision = precision_on(device)
    network = cast(FilmNetwork, load_network(options.model, device))
    size = model_size(
        film.width_px,
        film.height_px,
        sample_aspect=film.sample_aspect,
        short_side_px=options.model_size_px,
        multiple=network.stride,
    )
    return Job(
        options=options,
        film=film,
        output=output,
        engine=Engine(network, precision),
        size_px=size,
        device=str(device),
        precision=_short(precision.layers),
        weights_sha256=sha256(options.model),
    )


def _short(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
