"""A few frames of a shot in each of the colourings that the model has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from tcvc_cli.errors import MediaError
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.records import Window
from tcvc_cli.run.computing import Computing
from tcvc_cli.run.events import ENSEMBLE, Coloring
from tcvc_cli.run.film.paint import LitFrame, light
from tcvc_cli.run.palettes.excerpts import Excerpt
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.settings.film.decisions import Look

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ColoredExcerpt:
    """Of the judged frames: their lightness (T, H, W) float32 L*, and by the names of the colourings `ab`
    (T, 2, h, w) float32 in CIE units, without a grade. `shown` is the frame for the sheet, and `place` where
    it stands among them."""

    shown: LitFrame
    place: int
    lightness: Floats
    colorings: tuple[tuple[Coloring, Floats], ...]


def colored_excerpt(
    plan: FilmPlan, computing: Computing, excerpt: Excerpt, look: Look, palettes: Sequence[int]
) -> ColoredExcerpt:
    """With each palette in turn, and as an ensemble of the first one, each as vivid as `look` says.

    Raises MediaError where the film ends before the excerpt does.
    """
    lightness, shown = _read(plan, excerpt)
    colorings = tuple(_colorings(computing, lightness, excerpt, look, palettes))
    judged = slice(excerpt.judged.start - excerpt.start, excerpt.judged.stop - excerpt.start)
    return ColoredExcerpt(shown, excerpt.shown - excerpt.judged.start, lightness[judged], colorings)


def _read(plan: FilmPlan, excerpt: Excerpt) -> tuple[Floats, LitFrame]:
    lightness: list[Floats] = []
    shown: LitFrame | None = None
    for frame in read_frames(plan.film, excerpt.start, excerpt.stop):
        lit = light(plan.film, frame, plan.size_px)
        lightness.append(lit.lightness)
        shown = lit if frame.number == excerpt.shown else shown
    if shown is None or len(lightness) < excerpt.stop - excerpt.start:
        raise MediaError(f"the film ended before frame {excerpt.stop - 1}")
    return np.stack(lightness), shown


def _colorings(
    computing: Computing, lightness: Floats, excerpt: Excerpt, look: Look, palettes: Sequence[int]
) -> Iterator[tuple[Coloring, Floats]]:
    first: Floats | None = None
    for palette in palettes:
        computing.choose(replace(look, palette=palette))
        ab = _ab(computing, lightness, excerpt, excerpt.plain)
        first = ab if first is None else first
        yield palette, ab
    assert first is not None
    if excerpt.further.clips != excerpt.plain.clips:
        computing.choose(replace(look, palette=palettes[0]))
        first = np.float32(0.5) * (first + _ab(computing, lightness, excerpt, excerpt.further))
    yield ENSEMBLE, first


def _ab(computing: Computing, lightness: Floats, excerpt: Excerpt, window: Window) -> Floats:
    """Of the judged frames, by way of the window that they lie in."""
    frames = torch.from_numpy(lightness[window.start - excerpt.start : window.stop - excerpt.start])
    ab = computing.engine.window(frames[:, None], window).ab.numpy()
    return ab[excerpt.judged.start - window.start : excerpt.judged.stop - window.start]
