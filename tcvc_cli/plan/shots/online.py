"""Cuts as they come: decided LATENCY_FRAMES frames later, from what was seen by then.

The same signs as those of `LumaShotDetector`, which looks 24 frames ahead: a hard cut, and two pictures on
the two sides of the dark. A dissolve has no sign in so few frames; that there was one shows when it is over.
"""

from __future__ import annotations

from typing import Final

from tcvc_cli.plan.shots.cut import Cut, shots_between
from tcvc_cli.plan.shots.dissolves import (
    HALVES_FRAMES,
    LEAST_STRENGTH,
    QUIET_FRAMES,
    mixed_at,
    strength_of,
)
from tcvc_cli.plan.shots.fades import FadeJudge
from tcvc_cli.plan.shots.hard_cuts import hard_cut
from tcvc_cli.plan.shots.history import History
from tcvc_cli.plan.shots.structure import Luma, StructureReader
from tcvc_cli.records import Shot

LATENCY_FRAMES: Final = 2
"""As long as a flash that is told from a cut."""
_APART_FRAMES: Final = 5  # two cuts: light that flickers is no row of shots


class CutWatch:
    """Sees the frames of a film in order, for as long as it lasts; holds 49 small ones."""

    def __init__(self) -> None:
        self._reader, self._history, self._fades = StructureReader(), History(), FadeJudge()
        self._last_cut = 0
        self._judged = 0

    def see(self, luma: Luma) -> bool | None:
        """Whether the frame LATENCY_FRAMES before this one begins a shot; None while there is none.

        `luma` (h, w) uint8 code values, all frames of one size, about 128 px on the long side.
        """
        self._history.add(self._reader.read(luma))
        return self._next() if self._history.stop > LATENCY_FRAMES else None

    def finish(self) -> tuple[bool, ...]:
        """The same of the frames that are left when there are no more."""
        return tuple(self._next() for _ in range(self._history.stop - self._judged))

    def _next(self) -> bool:
        frame, self._judged = self._judged, self._judged + 1
        is_out_of_dark = self._fades.dark_before(self._history, frame) is not None
        is_cut = is_out_of_dark or hard_cut(self._history, frame, LATENCY_FRAMES) is not None
        begins = frame == 0 or (is_cut and frame - self._last_cut >= _APART_FRAMES)
        self._last_cut = frame if begins else self._last_cut
        return begins


class DissolveWatch:
    """Sees the frames of one shot in order; holds 49 small ones."""

    def __init__(self) -> None:
        self._reader, self._history = StructureReader(), History()
        self._quiet_until = 0

    def see(self, luma: Luma) -> bool:
        """Whether by this frame the shot has been dissolved into another, once for each dissolve; `luma` as
        for `CutWatch.see`. The frame halfway was a mixture of one as long before it and of this one."""
        self._history.add(self._reader.read(luma))
        latest = self._history.stop - 1
        if latest < self._quiet_until or not any(self._is_over(latest, half) for half in HALVES_FRAMES):
            return False
        self._quiet_until = latest + QUIET_FRAMES
        return True

    def _is_over(self, latest: int, half: int) -> bool:
        mixed = mixed_at(self._history, latest - half, half)
        return mixed is not None and strength_of(mixed) > LEAST_STRENGTH


class OnlineShotDetector:
    """A `ShotDetector` that finds what a `CutWatch` does."""

    def __init__(self) -> None:
        self._watch = CutWatch()
        self._begins: list[bool] = []

    def feed(self, luma: Luma) -> None:
        begins = self._watch.see(luma)
        self._begins += [] if begins is None else [begins]

    def finish(self) -> tuple[Shot, ...]:
        self._begins += self._watch.finish()
        cuts = (Cut(frame, 1.0) for frame, begins in enumerate(self._begins) if begins and frame)
        return shots_between(cuts, len(self._begins), 1)
