"""The shots of a result, and which of them somebody should look at first."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import inf
from typing import Final

from tcvc_cli.measure.appraisal import Appraisal
from tcvc_cli.review.report.reasons import Appraised, reasons_of
from tcvc_cli.review.subject import Subject

FACTOR: Final = 1.1  # of doubt; fitted on photographs, benchmarks/ranking.py


@dataclass(frozen=True, slots=True)
class RankedShot:
    """The shot `number` of the film, from 1: frames `[start, stop)`, from `starts_s` on, for `length_s`.

    `expected_error`, CIE units: how far its colours are likely to be from the true ones; None where nothing
    is known, and of shots that keep the colours they have, which are `is_kept`. `place`: 1 is the shot to
    look at first. `reasons` are short phrases, the weightiest first.
    """

    number: int
    start: int
    stop: int
    starts_s: Fraction
    appraisal: Appraisal | None
    expected_error: float | None
    place: int
    reasons: tuple[str, ...] = ()
    is_kept: bool = False
    length_s: Fraction = Fraction(0)


def expected_error(appraisal: Appraisal) -> float | None:
    """Mean distance of the colours from the true ones, CIE units; None where the network does not tell.

    FACTOR * doubt is how far the colours that the network gives single frames are off, on photographs that it
    did not learn from; the factor is the mean error of those over their mean doubt. At most by `disagreement`
    farther off are the colours in the film. What references and points explain counts as right. Neither
    chroma, flicker nor drift made the ranks of clips with known colours better (docs/report.md).
    """
    if appraisal.doubt is None:
        return None
    error = FACTOR * appraisal.doubt + (appraisal.disagreement or 0.0)
    return error * (1 - (appraisal.coverage or 0.0))


def ranked(subject: Subject) -> tuple[RankedShot, ...]:
    """All shots, in the order of time. The first places have those with the greatest expected error, then
    come those of which none is known, those with more reasons first, and last what keeps its colours."""
    shots = _appraised(subject)
    errors = [None if one.appraisal is None else expected_error(one.appraisal) for one in shots]
    reasons = reasons_of(shots, has_references=bool(subject.sidecar and subject.sidecar.references))
    places = _places(shots, errors, reasons)
    rate = subject.film.frame_rate
    return tuple(
        RankedShot(
            number=index + 1,
            start=shot.start,
            stop=shot.stop,
            starts_s=shot.start / rate,
            appraisal=shots[index].appraisal,
            expected_error=errors[index],
            place=places[index],
            reasons=reasons[index],
            is_kept=shots[index].is_kept,
            length_s=(shot.stop - shot.start) / rate,
        )
        for index, shot in enumerate(subject.shots)
    )


def _appraised(subject: Subject) -> tuple[Appraised, ...]:
    """What is known of every shot; of those that keep their colours, nothing."""
    stated = {one.start: one for one in subject.sidecar.shots} if subject.sidecar else {}
    found = []
    for number, shot in enumerate(subject.shots, 1):
        known = stated.get(shot.start)
        is_kept = shot.is_in_color or bool(known and known.look and known.look.is_kept)
        appraisal = None if known is None or is_kept else known.appraisal
        apart_from = None if appraisal is None else _number_at(subject, appraisal.apart_from)
        other = None if apart_from == number else apart_from
        found.append(Appraised(appraisal, is_kept=is_kept, apart_from=other))
    return tuple(found)


def _number_at(subject: Subject, frame: int | None) -> int | None:
    """Of the shot that holds a frame of the film; None of one that is in none."""
    place = -1 if frame is None else bisect_right(subject.shots, frame, key=lambda shot: shot.start) - 1
    return place + 1 if place >= 0 and frame is not None and frame < subject.shots[place].stop else None


def _places(
    shots: Sequence[Appraised], errors: Sequence[float | None], reasons: Sequence[tuple[str, ...]]
) -> tuple[int, ...]:
    def weight(index: int) -> tuple[bool, float, int]:
        error = errors[index]
        return shots[index].is_kept, inf if error is None else -error, -len(reasons[index])

    order = sorted(range(len(shots)), key=weight)  # what weighs alike stays in the order of time
    places = {index: place for place, index in enumerate(order, 1)}
    return tuple(places[index] for index in range(len(shots)))
