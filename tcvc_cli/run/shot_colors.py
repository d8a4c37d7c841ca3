"""The colours of one shot: windows through the engine, blended where they overlap."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice, tee

import numpy as np
import torch

from tcvc_cli.errors import MediaError
from tcvc_cli.media.planes import Frame
from tcvc_cli.model.blend import Blender
from tcvc_cli.model.compat import ENSEMBLE_INTERVALS_FRAMES, INTERVAL_FRAMES, ab_of_frames
from tcvc_cli.model.idc import TcvcIdc
from tcvc_cli.records import Shot, Window
from tcvc_cli.run.job import Job
from tcvc_cli.run.paint import LitFrame, PaintedFrame


def paint_shot(job: Job, shot: Shot, frames: Iterator[LitFrame]) -> Iterator[PaintedFrame]:
    """Every frame of the shot once, in order, with its ab.

    Takes the shot's frames from `frames` as they are needed and holds those of one window. MediaError
    when there are fewer than the windows need. A shot that is in colour already is passed through.
    """
    if shot.is_in_color:
        yield from passed_through(islice(frames, len(shot)))
        return
    if job.options.is_compat:
        yield from paint_as_published(job, frames)
        return
    windows = job.windows(shot)
    held: deque[LitFrame] = deque()  # frames of the window at hand, from its first
    blender = Blender()
    before: tuple[int, torch.Tensor] | None = None  # start and ab of the window before
    next_starts = [*(window.start for window in windows[1:]), windows[-1].stop]
    for window, next_start in zip(windows, next_starts, strict=True):
        held.extend(islice(frames, len(window) - len(held)))
        if len(held) < len(window):
            raise MediaError(
                f"the film ended at frame {window.start + len(held)}, {window.stop} were expected"
            )
        lightness = torch.from_numpy(np.stack([lit.lightness for lit in held]))[:, None]
        known = _known(window, before)
        samplings = [job.engine.window(lightness, sampling, known) for sampling in job.samplings(window)]
        ab = samplings[0] if len(samplings) == 1 else torch.stack(samplings).mean(0)
        before = window.start, ab
        blender.add(window, ab.numpy())
        for _, colors in blender.ready(next_start):
            yield PaintedFrame(held.popleft().frame, colors)


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


def _known(window: Window, before: tuple[int, torch.Tensor] | None) -> torch.Tensor | None:
    """The colours that the window before gave to this one's first frame, where they overlap."""
    if before is None or window.start >= before[0] + len(before[1]):
        return None
    return before[1][window.start - before[0]]
