"""Which frames of a shot are coloured for the sheet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from tcvc_cli.plan.steps import InWindows
from tcvc_cli.plan.takes import Take
from tcvc_cli.records import Clip, Shot, Window

JUDGED_FRAMES = 8


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Of one shot: `shown` is the frame that stands on the sheet, and frames of `judged` are those by which
    colourings are compared. They lie in `plain`, the clip that the film is divided into there, and in
    `further`, clips of the other sampling of an ensemble."""

    shown: int
    judged: Shot
    plain: Window
    further: Window

    @property
    def start(self) -> int:
        return min(self.plain.start, self.further.start)

    @property
    def stop(self) -> int:
        return max(self.plain.stop, self.further.stop)


def excerpt_of(take: Take, method: InWindows) -> Excerpt:
    """Around the middle frame of those that show nothing but this shot, where there are any."""
    span = take.pure if len(take.pure) else take.seen
    shown = (span.start + span.stop - 1) // 2
    steps = replace(method, is_ensemble=True).steps(take)
    step = next(one for one in steps if one.window.start <= shown < one.window.stop)
    plain, further = step.samplings
    clip = next(one for one in plain.clips if one.first <= shown <= one.last)
    start = max(clip.first, min(shown - JUDGED_FRAMES // 2, clip.last + 1 - JUDGED_FRAMES))
    judged = Shot(start, min(start + JUDGED_FRAMES, clip.last + 1))
    others = tuple(one for one in further.clips if one.first < judged.stop and judged.start <= one.last)
    return Excerpt(shown, judged, _window(clip), _window(*others))


def _window(*clips: Clip) -> Window:
    frames = clips[-1].last + 1 - clips[0].first
    return Window(clips, (Fraction(1),) * frames)
