"""The colours of one shot: windows through the engine, blended where they overlap."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, tee

import numpy as np
import torch
from numpy.typing import NDArray

from tcvc_cli.errors import MediaError
from tcvc_cli.media.planes import Frame
from tcvc_cli.model.blend import Blender
from tcvc_cli.model.compat import ENSEMBLE_INTERVALS_FRAMES, INTERVAL_FRAMES, ab_of_frames
from tcvc_cli.model.networks.idc import TcvcIdc
from tcvc_cli.plan.takes import Take
from tcvc_cli.records import Shot, Window
from tcvc_cli.run.film.paint import LitFrame, PaintedFrame
from tcvc_cli.run.film.segments import Segment, segments_of
from tcvc_cli.run.plan import Job

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Handover:
    """What the windows before frame `start` leave to those that begin there.

    `shares` (n, 2, h, w) float32 are the weighted colours that `start` and the frames after it have so far
    where windows of the shot overlap, `known` (2, h, w) those that the last window alone gave to `start`;
    `crossing` (n, 2, h, w) what the shot before gives to `start` and the frames after it, where it is
    dissolved into this one. All in CIE units, None where there is none.
    """

    start: int
    shares: Floats | None = None
    known: Floats | None = None
    crossing: Floats | None = None


class ShotPainter:
    """Colours the windows of one shot, one after another; holds the frames and colours that they share.

    Takes frames from `frames`, which goes on at the first window to come, behind those that are `held`
    already; `handover` tells what the windows before that one, if there were any, left to it.
    """

    def __init__(
        self,
        job: Job,
        frames: Iterator[LitFrame],
        take: Take,
        handover: Handover | None = None,
        held: Iterable[LitFrame] = (),
    ) -> None:
        self._job, self._frames, self._take = job, frames, take
        self._held = deque(held)  # frames from the first of the window at hand, often no more than its
        self._blender = Blender()
        self._known: torch.Tensor | None = None
        self._arriving: dict[
            int, Floats
        ] = {}  # frames of the dissolve it comes in by, as the shot before has them
        self._leaving: list[tuple[LitFrame, Floats]] = []  # frames of the dissolve that it ends in
        if handover is not None:
            self._resume(handover)

    def _resume(self, handover: Handover) -> None:
        if handover.shares is not None and handover.known is not None:
            self._blender.resume(handover.start, handover.shares)
            self._known = torch.from_numpy(handover.known)
        if handover.crossing is not None:
            self._arriving = dict(enumerate(handover.crossing, handover.start))

    def paint(self, window: Window, next_start: int) -> Iterator[PaintedFrame]:
        """The frames before `next_start`, the first of the next window, that were not given out yet, and
        that the shot finishes.

        MediaError when the film has fewer than the window needs.
        """
        self._hold(window)
        lightness = torch.from_numpy(np.stack([lit.lightness for lit in islice(self._held, len(window))]))[
            :, None
        ]
        engine = self._job.engine
        samplings = [
            engine.window(lightness, one, self._known) for one in self._job.samplings(window, self._take)
        ]
        ab = samplings[0] if len(samplings) == 1 else torch.stack(samplings).mean(0)
        self._known = ab[next_start - window.start].clone() if next_start < window.stop else None
        self._blender.add(window, ab.numpy())
        for number, colors in self._blender.ready(next_start):
            lit = self._held.popleft()
            if number < self._take.stop:
                yield PaintedFrame(lit.frame, self._crossed(number, colors))
            else:
                self._leaving.append((lit, colors))

    def _crossed(self, number: int, colors: Floats) -> Floats:
        """In a dissolve, the colours of both shots as the picture is mixed of theirs."""
        dissolve = self._take.shot.dissolve
        old = self._arriving.pop(number, None)
        if old is None or dissolve is None:
            return colors
        new_share = np.float32(dissolve.share(number))
        return np.asarray((1 - new_share) * old + new_share * colors, np.float32)

    def handover(self, next_start: int) -> Handover | None:
        """What a new painter needs to go on at `next_start`; None where nothing is shared."""
        shares = self._blender.pending
        known = None if self._known is None else self._known.numpy()
        crossing = [ab for _, ab in self._leaving] or list(self._arriving.values())
        if shares is None and not crossing:
            return None
        return Handover(next_start, shares, known, np.stack(crossing) if crossing else None)

    def next_shot(self, take: Take) -> ShotPainter:
        """The painter of the shot that follows; the frames that both are seen in go over to it."""
        held = [lit for lit, _ in self._leaving]
        return ShotPainter(self._job, self._frames, take, self.handover(take.start), held)

    def _hold(self, window: Window) -> None:
        held = self._held
        held.extend(islice(self._frames, max(0, len(window) - len(held))))
        if len(held) < len(window):
            ended = window.start + len(held)
            raise MediaError(f"the film ended at frame {ended}, {window.stop} were expected")


def paint_segment(
    job: Job, segment: Segment, painter: ShotPainter, frames: Iterator[LitFrame]
) -> Iterator[PaintedFrame]:
    """Every frame of the segment once, in order, with its ab.

    Takes its frames from `frames`, which the `painter` of its shot takes from too, as they are needed.
    MediaError when there are fewer than the windows need. A shot that is in colour already is passed through.
    """
    if segment.shot.is_in_color:
        yield from passed_through(islice(frames, segment.stop - segment.start))
    elif not segment.steps:
        yield from paint_as_published(job, islice(frames, segment.stop - segment.start))
    for step in segment.steps:
        yield from painter.paint(step.window, step.next_start)


def paint_shot(job: Job, shot: Shot, frames: Iterator[LitFrame]) -> Iterator[PaintedFrame]:
    """All segments of the shot, as `paint_segment` paints them; holds the frames of one window."""
    segments = segments_of(job, (shot,))
    painter = ShotPainter(job, frames, segments[0].take)
    for segment in segments:
        yield from paint_segment(job, segment, painter, frames)


def passed_through(frames: Iterator[LitFrame]) -> Iterator[PaintedFrame]:
    """Frames that keep the colours they have."""
    for lit in frames:
        yield PaintedFrame(lit.frame, None)


def paint_as_published(job: Job, frames: Iterator[LitFrame]) -> Iterator[PaintedFrame]:
    """The film as the authors' test scripts colour it: squeezed to 256 x 256, ab enlarged bilinearly.

    Anchors 18 frames apart, whatever the shots; with `--ensemble` the mean with those 20 apart. Only what
    is written differs: the film's own luma is kept.
    """
    network = job.engine.network
    assert isinstance(network, TcvcIdc)
    held: deque[Frame] = deque()

    def lightness() -> Iterator[torch.Tensor]:
        for lit in frames:
            held.append(lit.frame)
            yield torch.from_numpy(lit.lightness)[None].to(job.device)

    intervals = ENSEMBLE_INTERVALS_FRAMES if job.options.is_ensemble else (INTERVAL_FRAMES,)
    copies = zip(tee(lightness(), len(intervals)), intervals, strict=True)
    runs = [ab_of_frames(network, copy, interval_frames=interval) for copy, interval in copies]
    for samplings in zip(*runs, strict=True):
        ab = torch.stack(samplings).mean(0)
        yield PaintedFrame(held.popleft(), ab.cpu().numpy())
