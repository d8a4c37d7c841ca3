"""Why a shot should be looked at: what of it is out of line with the others, or beyond what is usual."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from tcvc_cli.measure.appraisal import Appraisal


@dataclass(frozen=True, slots=True)
class Appraised:
    """A shot in its place; `appraisal` is None where nothing is known of it. `apart_from`: the number of the
    shot, another one, that holds the frame of that name in the appraisal."""

    appraisal: Appraisal | None
    is_kept: bool = False
    apart_from: int | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """A figure above `most` is a reason by itself; one above `least` is, where it is out of line with the
    other shots of the film."""

    name: str
    words: str
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class _Reason:
    """`weight`: how many times its limit the figure is."""

    weight: float
    words: str


# of clips that `tcvc-dino` coloured, a quarter at most are above the first, one in ten above the second
LIMITS: Final = (
    Limit("doubt", "unsure of its colours", least=16.0, most=20.0),
    Limit("flicker", "flickers", least=0.015, most=0.03),
    Limit("drift", "drifts", least=1.0, most=3.0),
    Limit("disagreement", "anchors disagree", least=1.5, most=3.0),
)
OUT_OF_LINE: Final = 3.0  # deviations from the median
ENOUGH_SHOTS: Final = 5  # to say what is in line
AROUND: Final = 3  # shots before, and as many after
OTHER_AMOUNT: Final = 1.8  # times more or less colour
_LEAST_CHROMA_APART: Final = 3.0  # CIE units
LITTLE_COVERAGE: Final = 0.5
# CIE units: of 30 shots none came to 1.6, but all to 2.7 that were decided otherwise
FAR_APART: Final = 2.5
_DEVIATION_OF_MAD: Final = 1.4826  # of a normal distribution
_LEAST_DEVIATION: Final = 0.1  # of the median


def reasons_of(shots: Sequence[Appraised], *, has_references: bool) -> tuple[tuple[str, ...], ...]:
    """Of each shot, the weightiest first; none of what is kept or not known."""
    usual = {limit.name: _usual_most(shots, limit.name) for limit in LIMITS}
    found = []
    for index, shot in enumerate(shots):
        reasons: list[_Reason] = []
        if shot.appraisal is not None and not shot.is_kept:
            reasons += _beyond(shot.appraisal, usual)
            reasons += _other_amount(shot.appraisal, _around(shots, index))
            reasons += _little_explained(shot.appraisal) if has_references else ()
            reasons += _differs(shot.appraisal.apart, shot.apart_from)
        reasons.sort(key=lambda one: -one.weight)
        found.append(tuple(one.words for one in reasons))
    return tuple(found)


def _usual_most(shots: Sequence[Appraised], name: str) -> float | None:
    """What is above it is out of line; None where there are too few to say."""
    values = [getattr(shot.appraisal, name) for shot in shots if shot.appraisal is not None]
    known = [float(value) for value in values if value is not None]
    if len(known) < ENOUGH_SHOTS:
        return None
    middle = median(known)
    spread = _DEVIATION_OF_MAD * median(abs(value - middle) for value in known)
    return middle + OUT_OF_LINE * max(spread, _LEAST_DEVIATION * middle)


def _beyond(appraisal: Appraisal, usual: dict[str, float | None]) -> Iterator[_Reason]:
    for limit in LIMITS:
        value, in_line = getattr(appraisal, limit.name), usual[limit.name]
        bound = limit.most if in_line is None else min(limit.most, max(limit.least, in_line))
        if value is not None and value > bound:
            yield _Reason(value / bound, limit.words)


def _around(shots: Sequence[Appraised], index: int) -> list[float]:
    """The chroma of the next ones that are coloured, before and after."""
    known = [None if shot.appraisal is None else shot.appraisal.chroma for shot in shots]
    before = [one for one in reversed(known[:index]) if one is not None][:AROUND]
    after = [one for one in known[index + 1 :] if one is not None][:AROUND]
    return before + after


def _other_amount(appraisal: Appraisal, around: Sequence[float]) -> Iterator[_Reason]:
    if len(around) < 2:
        return
    usual, own = median(around), appraisal.chroma
    if abs(own - usual) < _LEAST_CHROMA_APART:
        return
    times = max(own, usual) / max(min(own, usual), 1.0)
    if times > OTHER_AMOUNT:
        yield _Reason(
            times / OTHER_AMOUNT, f"{'paler' if own < usual else 'stronger'} than the shots around it"
        )


def _little_explained(appraisal: Appraisal) -> Iterator[_Reason]:
    coverage = appraisal.coverage
    if coverage is not None and coverage < LITTLE_COVERAGE:
        yield _Reason(2 - coverage / LITTLE_COVERAGE, "little of it is explained by references")


def _differs(apart: float | None, number: int | None) -> Iterator[_Reason]:
    if apart is not None and number is not None and apart > FAR_APART:
        yield _Reason(apart / FAR_APART, f"differs from shot {number}, which shows the same thing")
