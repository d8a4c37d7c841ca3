"""The training of the describer, on what `tcvc-dino` sees in clips; it goes on after a kill."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from statistics import fmean
from typing import Final, TypeVar

import torch

from tcvc_cli.errors import UsageError
from tcvc_cli.files import appending
from tcvc_cli.model.memory.describer import Describer
from tcvc_cli.model.runtime import load_describer
from tcvc_cli.train.checkpoint import Average, load_averaged, load_checkpoint, save_checkpoint
from tcvc_cli.train.config import DescriptorsConfig, as_record
from tcvc_cli.train.descriptors.clips import Eyes, SeenClip, find_clips, look_at_clips, seen_clips
from tcvc_cli.train.descriptors.judging import Describe, judge, judged_frames, untrained
from tcvc_cli.train.descriptors.learner import Learner, Pair, draw, is_colorful, loss_of, measure, pace_at
from tcvc_cli.train.material.motion import HELD_OUT

_FRAMES: Final = 48  # of each clip, from its first
_EVERY: Final = 4
_LOG_EVERY: Final = 25
_CHECKPOINT: Final = "descriptors.pt"
_LOG: Final = "descriptors.log"

T = TypeVar("T")


def learned_frames(pictures: Iterator[T]) -> list[T]:
    """Every fourth of the first 48."""
    return list(islice(pictures, 0, _FRAMES, _EVERY))


def train_descriptors(
    roots: Sequence[Path], held_out: Path | None, work: Path, config: DescriptorsConfig, device: torch.device
) -> Iterator[str]:
    """Look at the clips under `roots`, then learn from them, from the last checkpoint in `work` or from the
    start; those under `held_out` judge, and none of their names is learned from. Yields lines.

    Leaves what was seen in `work/seen` and `work/held-out`, `work/descriptors.pt` and `work/descriptors.log`.
    Raises UsageError where there is nothing to learn from.
    """
    judged = find_clips([] if held_out is None else [held_out])
    learned = find_clips(roots, without=(*judged, *HELD_OUT))
    eyes = Eyes.shipped(device)
    yield from look_at_clips(learned, work / "seen", eyes, learned_frames)
    yield from look_at_clips(judged, work / "held-out", eyes, judged_frames)
    clips = [clip for clip in seen_clips(learned, work / "seen") if is_colorful(clip)]
    if not clips:
        raise UsageError("there are no clips in colour to learn from")
    yield from logged(learn(clips, seen_clips(judged, work / "held-out"), work, config, device), work / _LOG)


def logged(lines: Iterable[str], file: Path) -> Iterator[str]:
    """The same lines, also appended to `file`."""
    with appending(file) as log:
        for line in lines:
            log.write(line + "\n")
            yield line


def learn(
    clips: Sequence[SeenClip],
    judged: Sequence[SeenClip],
    work: Path,
    config: DescriptorsConfig,
    device: torch.device,
) -> Iterator[str]:
    """From clips that were looked at, at least one; yields log lines (JSON). The last ones judge
    the describer that was trained, the one that ships, and what is seen as it is."""
    training = _Training(clips, work, config, device)
    first, started, losses = training.steps_done, time.monotonic(), list[float]()
    with ThreadPoolExecutor(1) as pool:  # the next pairs are read while these are learned from
        drawn = pool.submit(draw, clips, config, first)
        while training.steps_done < config.steps:
            pairs = drawn.result()
            drawn = pool.submit(draw, clips, config, training.steps_done + 1)
            losses.append(training.learn(pairs))
            step = training.steps_done
            if training.is_due(_LOG_EVERY):
                rate = (step - first) / (time.monotonic() - started)
                temperature = training.learner.temperature
                yield _line(step=step, loss=fmean(losses), temperature=temperature, steps_per_s=rate)
                losses.clear()
            if training.is_due(config.save_every):
                training.save()
                if step < config.steps:
                    yield from _judged(judged, training.learner.describer, device, step=step)
    yield from _judged(judged, training.learner.describer, device, describer="trained")
    yield from _judged(judged, load_describer(device), device, describer="shipped")
    yield from _judged(judged, untrained, device, describer="none")


def _judged(
    clips: Sequence[SeenClip], describe: Describe, device: torch.device, **what: str | int
) -> Iterator[str]:
    if clips:
        yield _line(**what, **asdict(judge(clips, describe, device)))


class _Training:
    """The learner and its optimizer, from the last checkpoint or from the start."""

    def __init__(
        self, clips: Sequence[SeenClip], work: Path, config: DescriptorsConfig, device: torch.device
    ) -> None:
        torch.manual_seed(config.seed)
        self.config, self.device, self.checkpoint = config, device, work / _CHECKPOINT
        self.learner = Learner()
        measure(self.learner.describer, clips)
        self.learner.to(device)
        decay = config.weight_decay
        self.optimizer = torch.optim.AdamW(self.learner.parameters(), lr=1.0, weight_decay=decay)
        self.last = Average(self.learner, 0.0)  # rates end at nothing, so that there is nothing to average
        self.steps_done = 0
        if self.checkpoint.exists():
            self.steps_done = load_checkpoint(self.checkpoint, self.learner, self.optimizer, self.last)

    def learn(self, pairs: Sequence[Pair]) -> float:
        """One step; the loss."""
        pace = pace_at(self.steps_done, self.config)
        for group in self.optimizer.param_groups:
            group["lr"], group["betas"] = pace.rate, (pace.momentum, 0.999)
        loss = loss_of(self.learner, [pair.to(self.device) for pair in pairs])
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.last.update(self.learner)
        self.steps_done += 1
        return float(loss.detach())

    def is_due(self, every: int) -> bool:
        return self.steps_done % every == 0 or self.steps_done == self.config.steps

    def save(self) -> None:
        settings = as_record(self.config)
        save_checkpoint(self.checkpoint, self.steps_done, self.learner, self.optimizer, self.last, settings)


def _line(**row: float | str | None) -> str:
    return json.dumps({k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()})


def trained_describer(work: Path) -> Describer:
    """The one in `work`, which is there; in eval mode."""
    learner = Learner()
    load_averaged(work / _CHECKPOINT, learner)
    return learner.describer.eval()


def is_trained(work: Path) -> bool:
    return (work / _CHECKPOINT).exists()
