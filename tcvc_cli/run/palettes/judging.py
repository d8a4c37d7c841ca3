"""How saturated a colouring of a shot is, and how steady."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.color.grade import Grade
from tcvc_cli.color.grading import graded
from tcvc_cli.measure.colorfulness import mean_chroma
from tcvc_cli.measure.warp_error import FlowMeter, Motion, SteadinessMeter
from tcvc_cli.run.events import Coloring, ColoringJudged
from tcvc_cli.run.palettes.coloring import ColoredExcerpt

Floats = NDArray[np.float32]


def judged(excerpt: ColoredExcerpt, grade: Grade) -> tuple[ColoringJudged, ...]:
    """Each colouring with this grade, by its mean chroma and the flicker of `measure/warp_error.py`, both at
    the size that the model sees."""
    flow = FlowMeter()
    motions = [flow.add(one) for one in excerpt.lightness]
    return tuple(
        _judged(name, [_at_size(*pair, grade) for pair in zip(ab, excerpt.lightness, strict=True)], motions)
        for name, ab in excerpt.colorings
    )


def most_saturated(rows: Sequence[ColoringJudged]) -> Coloring:
    """Of the first with the highest mean chroma."""
    return max(rows, key=lambda row: row.chroma).coloring


def steadiest(rows: Sequence[ColoringJudged]) -> Coloring | None:
    """Of the first with the least flicker; None where nothing moves or nothing has a colour."""
    found = [(row.flicker, row.coloring) for row in rows if row.flicker is not None]
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _judged(name: Coloring, frames: Sequence[Floats], motions: Sequence[Motion | None]) -> ColoringJudged:
    meter = SteadinessMeter()
    for ab, motion in zip(frames, motions, strict=True):
        meter.add(ab, motion)
    found = meter.result()
    chroma = float(np.mean([mean_chroma(ab) for ab in frames]))
    return ColoringJudged(name, chroma, None if found is None else found.flicker)


def _at_size(ab: Floats, lightness: Floats, grade: Grade) -> Floats:
    """(2, h, w) -> (H, W, 2), in its grade."""
    pixels = np.ascontiguousarray(ab.transpose(1, 2, 0))
    larger = cv2.resize(pixels, lightness.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return graded(np.asarray(larger, np.float32), lightness, grade)
