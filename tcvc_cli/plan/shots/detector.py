"""From small luma frames to shots."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from tcvc_cli.plan.shots.cut import Cut, shots_between
from tcvc_cli.plan.shots.dissolves import DissolveJudge
from tcvc_cli.plan.shots.fades import FadeJudge
from tcvc_cli.plan.shots.hard_cuts import hard_cut
from tcvc_cli.plan.shots.history import REACH_FRAMES, History
from tcvc_cli.plan.shots.structure import Luma, StructureReader
from tcvc_cli.records import Shot

DEFAULT_MIN_SHOT_FRAMES = 5
_FADE_STRENGTH = 0.5
_APART_FRAMES = 8  # a dissolve from any other cut


class ShotDetector(Protocol):
    """Is fed every frame of a film in order, and gives the shots at the end."""

    def feed(self, luma: Luma) -> None:
        """`luma` (h, w) uint8 code values, all frames of one size, about 128 px on the long side."""

    def finish(self) -> tuple[Shot, ...]:
        """The shots; they cover the frames fed without gap or overlap. Call it once, at the end."""


def find_shots(frames: Iterable[Luma], detector: ShotDetector | None = None) -> tuple[Shot, ...]:
    """The shots of a film, by `detector` (a LumaShotDetector unless given)."""
    chosen = detector if detector is not None else LumaShotDetector()
    for luma in frames:
        chosen.feed(luma)
    return chosen.finish()


class LumaShotDetector:
    """Made for black-and-white film: hard cuts, dissolves, fades through black, by structure alone.

    Holds 49 small frames, however long the film, and decides on a frame when it has seen 24 more.
    """

    def __init__(self, *, min_shot_frames: int = DEFAULT_MIN_SHOT_FRAMES) -> None:
        if min_shot_frames < 1:
            raise ValueError(f"a shot has at least 1 frame, not {min_shot_frames}")
        self._min_shot_frames = min_shot_frames
        self._reader = StructureReader()
        self._history = History()
        self._fades = FadeJudge()
        self._dissolves = DissolveJudge()
        self._cuts: list[Cut] = []

    def feed(self, luma: Luma) -> None:
        self._history.add(self._reader.read(luma))
        self._judge(self._history.stop - 1 - REACH_FRAMES)

    def finish(self) -> tuple[Shot, ...]:
        frame_count = self._history.stop
        for frame in range(frame_count - REACH_FRAMES, frame_count):
            self._judge(frame)
        self._add_unless_near(self._dissolves.last_cut(), _APART_FRAMES)
        return shots_between(self._cuts, frame_count, self._min_shot_frames)

    def _judge(self, frame: int) -> None:
        if frame < 0:
            return
        strength = hard_cut(self._history, frame, self._min_shot_frames)
        if strength is not None:
            self._cuts.append(Cut(frame, strength))
        dark = self._fades.dark_before(self._history, frame)
        if dark is not None:
            middle = Cut((dark.start + dark.stop) // 2, _FADE_STRENGTH)
            self._add_unless_near(middle, (len(dark) + 1) // 2)
        self._add_unless_near(self._dissolves.cut_before(self._history, frame), _APART_FRAMES)

    def _add_unless_near(self, cut: Cut | None, within_frames: int) -> None:
        """A slow change that a cut lies in is that cut."""
        if cut is None or any(abs(cut.frame - other.frame) <= within_frames for other in self._cuts[-3:]):
            return
        self._cuts.append(cut)
