"""Frames for which somebody gave colours of single places, as they are remembered."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tcvc_cli.errors import BadReference
from tcvc_cli.files import sha256_of
from tcvc_cli.plain import to_json
from tcvc_cli.settings.film.decisions import Look, Point, Stroke


@dataclass(frozen=True, slots=True)
class PaintedStroke:
    """A picture that is transparent but where somebody has painted, and its SHA-256 in hex."""

    file: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class PointedFrame:
    """What was given for `frame` of a shot that is coloured with this palette and vividness."""

    frame: int
    points: tuple[Point, ...]
    strokes: tuple[PaintedStroke, ...]
    palette: int
    vivid: float | None

    @property
    def name(self) -> str:
        """Other colours, or another place for one, another name."""
        hashes = [one.sha256 for one in self.strokes]
        said = to_json((self.frame, self.points, hashes, self.palette, self.vivid))
        return f"pointed {hashlib.sha256(said.encode()).hexdigest()}"


def pointed_frames(looks: Sequence[Look]) -> tuple[PointedFrame, ...]:
    """Of all shots, in the order of the film. Raises BadReference for a stroke that is not there."""
    return tuple(one for look in looks for one in _of_shot(look))


def _of_shot(look: Look) -> Iterator[PointedFrame]:
    points, strokes = defaultdict[int, list[Point]](list), defaultdict[int, list[PaintedStroke]](list)
    for point in look.points:
        points[point.frame].append(point)
    for stroke in look.strokes:
        strokes[stroke.frame].append(_painted(stroke))
    for frame in sorted({*points, *strokes}):
        yield PointedFrame(frame, tuple(points[frame]), tuple(strokes[frame]), look.palette, look.vivid)


def _painted(stroke: Stroke) -> PaintedStroke:
    if not stroke.file.is_file():
        raise BadReference(f"{stroke.file}: there is no such stroke", "Look at the settings file.")
    return PaintedStroke(stroke.file, sha256_of(stroke.file))
