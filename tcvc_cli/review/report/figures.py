"""The figures of a shot as text, for a table."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from tcvc_cli.review.report.ranking import RankedShot
from tcvc_cli.settings.film.clock import clock_time

NOTHING: Final = "-"
COLUMNS: Final = (
    "shot",
    "from",
    "length",
    "expected error",
    "doubt",
    "disagreement",
    "flicker",
    "drift",
    "chroma",
    "coverage",
    "apart",
    "reasons",
)


def cells_of(shot: RankedShot) -> tuple[str, ...]:
    """In the order of COLUMNS."""
    known = shot.appraisal
    error = "kept" if shot.is_kept else figure(shot.expected_error)
    place = (str(shot.number), clock_time(shot.starts_s), length(shot.length_s), error)
    if known is None:
        return (*place, *([NOTHING] * 7), "")
    return (
        *place,
        figure(known.doubt),
        figure(known.disagreement),
        figure(known.flicker, 4),
        figure(known.drift),
        figure(known.chroma),
        NOTHING if known.coverage is None else f"{known.coverage:.0%}",
        figure(known.apart),
        ", ".join(shot.reasons),
    )


def figure(value: float | None, digits: int = 1) -> str:
    return NOTHING if value is None else f"{value:.{digits}f}"


def length(seconds: Fraction) -> str:
    return f"{float(seconds):.2f} s"
