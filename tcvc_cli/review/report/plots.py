"""Figures over time as the outlines of steps, one for each shot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tcvc_cli.review.report.ranking import RankedShot
from tcvc_cli.settings.film.clock import clock_time

WIDE: Final = 1000  # units of the drawing
HIGH: Final = 100


@dataclass(frozen=True, slots=True)
class Plot:
    """`outline` and `area` are paths of SVG, WIDE by HIGH; `top` is the value at the upper edge, as text."""

    key: str
    title: str
    description: str
    outline: str
    area: str
    top: str


@dataclass(frozen=True, slots=True)
class _Figure:
    key: str
    title: str
    digits: int
    most: float | None = None  # where the scale ends; None: at the largest value


_FIGURES: Final = (
    _Figure("expected_error", "Expected error (CIE units)", 1),
    _Figure("flicker", "Flicker", 4),
    _Figure("chroma", "Chroma (CIE units)", 1),
    _Figure("coverage", "Coverage", 2, 1.0),
)


def plots_of(shots: Sequence[RankedShot]) -> tuple[Plot, ...]:
    """Of shots in the order of time; a figure that no shot has is left out."""
    drawn = (_plot(figure, shots, [_value(shot, figure.key) for shot in shots]) for figure in _FIGURES)
    return tuple(plot for plot in drawn if plot is not None)


def _value(shot: RankedShot, key: str) -> float | None:
    if key == "expected_error":
        return shot.expected_error
    found: float | None = None if shot.appraisal is None else getattr(shot.appraisal, key)
    return found


def _plot(figure: _Figure, shots: Sequence[RankedShot], values: Sequence[float | None]) -> Plot | None:
    known = [(value, shot) for value, shot in zip(values, shots, strict=True) if value is not None]
    if not known:
        return None
    most, worst = max(known, key=lambda pair: pair[0])
    top = figure.most or most or 1.0
    least = min(value for value, _ in known)
    description = (
        f"{len(known)} of {len(shots)} shots, from {least:.{figure.digits}f} to {most:.{figure.digits}f};"
        f" the highest is shot {worst.number}, at {clock_time(worst.starts_s)}."
    )
    runs = _runs(shots, values, top)
    return Plot(
        key=figure.key,
        title=figure.title,
        description=description,
        outline=" ".join(_outline(run) for run in runs),
        area=" ".join(f"{_outline(run)}V{HIGH}H{run[0][0]:.1f}Z" for run in runs),
        top=f"{top:.{figure.digits}f}",
    )


def _runs(
    shots: Sequence[RankedShot], values: Sequence[float | None], top: float
) -> list[list[tuple[float, float, float]]]:
    """Steps (left, right, y) that follow one another without a gap."""
    first, last = shots[0].start, shots[-1].stop
    runs: list[list[tuple[float, float, float]]] = [[]]
    for shot, value in zip(shots, values, strict=True):
        if value is None:
            runs.append([])
            continue
        left, right = (WIDE * (edge - first) / (last - first) for edge in (shot.start, shot.stop))
        runs[-1].append((left, right, HIGH * (1 - min(value / top, 1))))
    return [run for run in runs if run]


def _outline(run: Sequence[tuple[float, float, float]]) -> str:
    left, _, y = run[0]
    return f"M{left:.1f} {y:.1f}" + "".join(f"V{y:.1f}H{right:.1f}" for _, right, y in run)
