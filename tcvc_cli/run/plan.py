"""What is decided before the first frame is coloured, in plain values that go to JSON and come back equal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tcvc_cli.color.matrix import matrix_of
from tcvc_cli.media.write.encode import try_encoder
from tcvc_cli.media.write.encoders import encoder_of, output_format
from tcvc_cli.plan.model_size import model_size
from tcvc_cli.plan.steps import CAUSAL_INTERVAL_FRAMES, AsPublished, Causally, InWindows, Method, anchors_of
from tcvc_cli.plan.takes import takes
from tcvc_cli.plan.windows import DEFAULT_CLIPS_PER_WINDOW
from tcvc_cli.records import FilmInfo, Shot
from tcvc_cli.run.events import Prepared
from tcvc_cli.run.film.memory import clips_per_window, most_dissolve_frames
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.options.timecodes import placed

if TYPE_CHECKING:  # it imports PyTorch, which plans do without
    from tcvc_cli.run.computing import Computing


@dataclass(frozen=True, slots=True)
class InputSize:
    """What the network's input is like: the short side that suits it best, and what both are multiples of."""

    native_px: int
    multiple_px: int


@dataclass(frozen=True, slots=True)
class FilmPlan:
    """One film, and how it is to be coloured. Who computes is handed beside it."""

    options: Options
    film: FilmInfo
    output: Path
    input_size: InputSize
    size_px: tuple[int, int]  # (width, height) of the network's input
    device: str
    precision: str
    weights_sha256: str  # of another package's model, what `Loaded.weights` says
    clips_per_window: int
    most_dissolve_frames: int

    @property
    def method(self) -> Method:
        """How the film is divided for the model, by the options and as memory allows."""
        return method_of(self.options, self.clips_per_window)

    def anchors(self, shots: Sequence[Shot]) -> tuple[tuple[int, ...], ...]:
        """Of each shot; none of one that keeps the colours it has."""
        method = self.method
        return tuple(() if take.shot.is_in_color else anchors_of(method.steps(take)) for take in takes(shots))


def method_of(options: Options, clips_per_window: int = DEFAULT_CLIPS_PER_WINDOW) -> Method:
    """What the options ask for."""
    if options.is_compat:
        return AsPublished(options.is_ensemble)
    if options.is_causal:
        return Causally()
    return InWindows(options.interval_frames, options.overlap_frames, clips_per_window, options.is_ensemble)


def plan_film(options: Options, film: FilmInfo, output: Path, computing: Computing) -> FilmPlan:
    """Fix all sizes, and where timecodes are. Raises what is wrong with them, the preset or the memory."""
    options = placed(options, film)
    check_coding(options, film)
    able = computing.engine.network.abilities
    input_size = InputSize(able.native_size_px, able.stride)
    size = _size_px(options, film, input_size)
    return FilmPlan(
        options=options,
        film=film,
        output=output,
        input_size=input_size,
        size_px=size,
        device=computing.device,
        precision=computing.precision,
        weights_sha256=computing.weights,
        clips_per_window=clips_per_window(options, film, size),
        most_dissolve_frames=most_dissolve_frames(options, film, size),
    )


def fitted(plan: FilmPlan, film: FilmInfo) -> FilmPlan:
    """The same for `film`, which is its film as the part that is coloured shows it."""
    if film == plan.film:
        return plan
    check_coding(plan.options, film)
    size = _size_px(plan.options, film, plan.input_size)
    return replace(plan, film=film, size_px=size, clips_per_window=clips_per_window(plan.options, film, size))


def prepared(plan: FilmPlan, computing: Computing) -> Prepared:
    """What a person may want to know of the plan."""
    options, film, is_causal = plan.options, plan.film, plan.options.is_causal
    encoder = None if film.is_photograph else encoder_of(options.encoding)
    return Prepared(
        model_size_px=plan.size_px,
        interval_frames=CAUSAL_INTERVAL_FRAMES if is_causal else options.interval_frames,
        window_frames=1 if is_causal else plan.clips_per_window * options.interval_frames + 1,
        overlap_frames=0 if is_causal else options.overlap_frames,
        threads=computing.threads,
        encoder=encoder.codec if encoder else None,
        pixel_format=output_format(film, options.encoding).name if encoder else None,
        encoder_options=tuple(encoder.options.items()) if encoder else (),
    )


def check_coding(options: Options, film: FilmInfo) -> None:
    """Raises what is wrong with the encoder, or with the film's matrix."""
    if not film.is_photograph:
        try_encoder(film, options.encoding)
        matrix_of(film.color, height_px=film.height_px)


def _size_px(options: Options, film: FilmInfo, wanted: InputSize) -> tuple[int, int]:
    if method_of(options).is_at_film_size:
        return film.size_px
    return model_size(
        film.width_px,
        film.height_px,
        sample_aspect=film.sample_aspect,
        short_side_px=options.model_size_px or wanted.native_px,
        multiple=wanted.multiple_px,
    )
