"""The colours of one shot: windows through the engine, blended where they overlap."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice

import numpy as np
import torch

from tcvc_cli.errors import MediaError
from tcvc_cli.model.blend import Blender
from tcvc_cli.records import Shot, Window
from tcvc_cli.run.job import Job
from tcvc_cli.run.paint import LitFrame, PaintedFrame


def paint_shot(job: Job, shot: Shot, frames: Iterator[LitFrame]) -> Iterator[PaintedFrame]:
    """Every frame of the shot once, in order, with its ab.

    Takes the shot's frames from `frames` as they are needed and holds those of one window. MediaError
    when there are fewer than the windows need.
    """
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


def _known(window: Window, before: tuple[int, torch.Tensor] | None) -> torch.Tensor | None:
    """The colours that the window before gave to this one's first frame, where they overlap."""
    if before is None or window.start >= before[0] + len(before[1]):
        return None
    return before[1][window.start - before[0]]
