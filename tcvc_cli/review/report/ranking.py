"""The shots of a result, and which of them somebody should look at first."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from tcvc_cli.measure.appraisal import Appraisal
from tcvc_cli.review.subject import Subject


@dataclass(frozen=True, slots=True)
class RankedShot:
    """The shot `number` of the film, from 1: frames `[start, stop)`, from `starts_s` on.

    `expected_error`, CIE units: how far its colours are likely to be from the true ones; None where nothing
    is known, and of shots that keep the colours they have. `place`: 1 is the shot to look at first.
    `reasons` are short phrases, the weightiest first.
    """

    number: int
    start: int
    stop: int
    starts_s: Fraction
    appraisal: Appraisal | None
    expected_error: float | None
    place: int
    reasons: tuple[str, ...] = ()


def ranked(subject: Subject) -> tuple[RankedShot, ...]:
    """All shots, in the order of time."""
    stated = subject.sidecar.shots if subject.sidecar else ()
    known = {one.start: one.appraisal for one in stated}
    appraisals = [known.get(shot.start) for shot in subject.shots]
    errors = [None if one is None else one.doubt for one in appraisals]
    order = sorted(range(len(errors)), key=lambda index: -(errors[index] or 0.0))
    places = {index: place for place, index in enumerate(order, 1)}
    rate = subject.film.frame_rate
    return tuple(
        RankedShot(
            index + 1,
            shot.start,
            shot.stop,
            shot.start / rate,
            appraisals[index],
            errors[index],
            places[index],
        )
        for index, shot in enumerate(subject.shots)
    )
