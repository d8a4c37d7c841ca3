"""What happens where films are shown rather than made: events of the same kind as those of `run/events.py`,
which lists them all."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from tcvc_cli.records import FilmInfo


@dataclass(frozen=True, slots=True)
class SheetsLaid:
    """All contact sheets are written, the first of them last; `shots` is how many they show. `result` is None
    where the film is shown alone."""

    sheets: tuple[Path, ...]
    result: Path | None
    shots: int
    seconds: float


@dataclass(frozen=True, slots=True)
class ComparisonStarted:
    """Two films become one of `width_px` by `height_px`, from frame `first_frame` of `before` on."""

    before: FilmInfo
    after: FilmInfo
    first_frame: int
    output: Path
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class ComparisonWritten:
    """The film for showing stands."""

    output: Path
    frames: int
    seconds: float


@dataclass(frozen=True, slots=True)
class PreviewPart:
    """Frames `[start, stop)` of a shot, counted from 1; the first of them is shown at `starts_s` from the
    film's first, and in the preview at `shown_s`."""

    shot: int
    start: int
    stop: int
    starts_s: Fraction
    shown_s: Fraction


@dataclass(frozen=True, slots=True)
class PreviewMade:
    """A preview is complete: what it shows, in order, of how many `shots` of the film."""

    output: Path
    parts: tuple[PreviewPart, ...]
    shots: int
    frames: int
    seconds: float


@dataclass(frozen=True, slots=True)
class ReviewBuilt:
    """The page of a film stands, with so many `shots`; `made` are the numbers, from 1, of those whose
    pictures are new. The others are as the page that was there before had them."""

    folder: Path
    shots: int
    seconds: float
    made: tuple[int, ...] = ()
