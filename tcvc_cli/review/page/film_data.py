"""What the script of the film holds: the film, its shots, what is decided, and what is to be said of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from tcvc_cli.color.grade import HueMap
from tcvc_cli.review.page.jobs import ShotJob
from tcvc_cli.review.report.ranking import RankedShot
from tcvc_cli.settings.film.clock import clock_time
from tcvc_cli.settings.film.decisions import Look

SCHEMA: Final = 1


@dataclass(frozen=True, slots=True)
class FilmFacts:
    """`file` and `result` as they were given; `model` is the one that made the result."""

    file: str
    result: str | None
    title: str
    frames: int
    frame_rate: Fraction
    width: int
    height: int
    model: str | None


@dataclass(frozen=True, slots=True)
class SettingsFacts:
    file: str
    text: str


@dataclass(frozen=True, slots=True)
class Defaults:
    """`vivid`: how vivid the model is where nobody says; None where nobody can."""

    vivid: float | None
    radius: float


@dataclass(frozen=True, slots=True)
class Thumb:
    """Paths below the folder, and the size in px."""

    before: str
    after: str | None
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class HueFacts:
    start: float = field(metadata={"key": "from"})
    end: float = field(metadata={"key": "to"})
    width: float = 60.0
    strength: float = 1.0


@dataclass(frozen=True, slots=True)
class LookFacts:
    """As `settings.film.decisions.Look`; of points, strokes and references the numbers of them."""

    palette: int
    vivid: float | None
    saturation: float
    warmth: float
    hue_maps: tuple[HueFacts, ...]
    keep: bool
    locked: bool
    same_as: int | None
    points: int
    strokes: int
    references: int


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """As `review.report.ranking.RankedShot` and `measure.appraisal.Appraisal`."""

    place: int
    expected_error: float | None
    reasons: tuple[str, ...]
    chroma: float | None
    flicker: float | None
    drift: float | None
    doubt: float | None
    disagreement: float | None
    coverage: float | None
    apart: float | None
    apart_from: int | None


@dataclass(frozen=True, slots=True)
class ShotFacts:
    """Frames `[start, stop)`; `starts` as settings have it."""

    number: int
    start: int
    stop: int
    starts: str
    seconds: float
    is_in_color: bool = field(metadata={"key": "in_colour"})
    thumb: Thumb
    look: LookFacts
    report: ReportFacts | None


@dataclass(frozen=True, slots=True)
class FilmData:
    schema: int
    film: FilmFacts
    settings: SettingsFacts
    command: tuple[str, ...]
    palettes: tuple[int, ...]
    hues: tuple[tuple[str, float], ...]
    defaults: Defaults
    shots: tuple[ShotFacts, ...]


def shot_facts(job: ShotJob, frame_rate: Fraction, ranked: RankedShot | None, thumb: Thumb) -> ShotFacts:
    shot = job.take.shot
    return ShotFacts(
        number=job.number,
        start=shot.start,
        stop=shot.stop,
        starts=clock_time(shot.start / frame_rate),
        seconds=round(float(len(shot) / frame_rate), 3),
        is_in_color=job.is_in_color,
        thumb=thumb,
        look=_look(job.look),
        report=None if ranked is None or not _says_anything(ranked) else _report(ranked),
    )


def _look(look: Look) -> LookFacts:
    return LookFacts(
        palette=look.palette,
        vivid=look.vivid,
        saturation=look.grade.saturation,
        warmth=look.grade.warmth,
        hue_maps=tuple(map(_hues, look.grade.hue_maps)),
        keep=look.is_kept,
        locked=look.is_locked,
        same_as=look.same_as,
        points=len(look.points),
        strokes=len(look.strokes),
        references=len(look.references),
    )


def _hues(one: HueMap) -> HueFacts:
    return HueFacts(one.from_degrees, one.to_degrees, one.width_degrees, one.strength)


def _says_anything(ranked: RankedShot) -> bool:
    return ranked.appraisal is not None or ranked.expected_error is not None or bool(ranked.reasons)


def _report(ranked: RankedShot) -> ReportFacts:
    one = ranked.appraisal
    return ReportFacts(
        place=ranked.place,
        expected_error=ranked.expected_error,
        reasons=ranked.reasons,
        chroma=None if one is None else one.chroma,
        flicker=None if one is None else one.flicker,
        drift=None if one is None else one.drift,
        doubt=None if one is None else one.doubt,
        disagreement=None if one is None else one.disagreement,
        coverage=None if one is None else one.coverage,
        apart=None if one is None else one.apart,
        apart_from=None if one is None else one.apart_from,
    )
