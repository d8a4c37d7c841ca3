"""Stage 2: propagation learns to hold colours still, the anchor network frozen.

Self-regularization (FAVC, Lei and Chen 2019; TCVC, Liu et al. 2021, at steps 1 and 2): neighbouring
frames should agree along the flow wherever the film says that they show the same thing. Alone it
fades colours, so every frame is also held to the colours of the nearer of its two anchors.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from tcvc_cli.files import appending
from tcvc_cli.model.networks.mini import Mini
from tcvc_cli.model.propagate import Motion, Span, color_between, measure_motion
from tcvc_cli.model.warp import warp
from tcvc_cli.train.checkpoint import Average, load_checkpoint, save_checkpoint
from tcvc_cli.train.config import FilmsConfig, as_record
from tcvc_cli.train.material.motion import GreyClip, make_sample, read_clips
from tcvc_cli.train.material.photographs import Picture, read_all, split


class Sample:
    """Clips of T frames laid one after the other, as the engine lays the clips of a window.

    `lightness` (B * T, 1, H, W); the flow over the seams is measured too and never used.
    """

    def __init__(self, network: Mini, lightness: Tensor, frames: int) -> None:
        self.lightness, self.frames = lightness, frames
        count = len(lightness) // frames
        self.spans = [Span(i * frames, (i + 1) * frames - 1) for i in range(count)]
        self.motion: Motion = measure_motion(lightness, network.flow_estimator(), network.abilities.stride)


def draw(
    network: Mini, clips: Sequence[GreyClip], pictures: Sequence[Picture], config: FilmsConfig, step: int
) -> Sample:
    """The sample of one step; depends on (seed, step) alone."""
    rng = np.random.default_rng((config.seed, step))
    size = config.crop_px
    films = [
        make_sample(clips, pictures, config.frames, size, config.synthetic_share, rng)
        for _ in range(config.batch)
    ]
    return Sample(network, torch.from_numpy(np.concatenate(films)), config.frames)


def colors_of(network: Mini, sample: Sample) -> Tensor:
    """(B, T, 2, h, w) ab of all frames, with gradient through propagation only."""
    places = sorted({place for span in sample.spans for place in (span.first, span.last)})
    with torch.no_grad():
        states = network.anchor_states(sample.lightness[places], None)
    anchors = dict(zip(places, states, strict=True))
    ab = color_between(network, sample.lightness, sample.motion, sample.spans, anchors)
    return ab.reshape(-1, sample.frames, *ab.shape[1:])


def _by_clip(sample: Sample) -> tuple[Tensor, Tensor]:
    """Flow to the predecessor and visibility there of every frame, (B, T, ...)."""
    flow, seen = sample.motion.to_previous, sample.motion.seen_in_previous
    lead = (-1, sample.frames)
    return flow.reshape(*lead, *flow.shape[1:]), seen.reshape(*lead, *seen.shape[1:])


def regularization_loss(ab: Tensor, to_previous: Tensor, seen: Tensor) -> Tensor:
    """Mean squared difference over 110 between frames one and two steps apart, along the flow, where seen.

    The two-step warp composes two one-step flows.
    """
    once = _warp_clips(ab[:, :-1], to_previous[:, 1:])
    first = (seen[:, 1:] * (ab[:, 1:] - once) / 110).square().mean()
    twice = _warp_clips(once[:, :-1], to_previous[:, 2:])
    both = seen[:, 2:] * _warp_clips(seen[:, 1:-1], to_previous[:, 2:])
    second = (both * (ab[:, 2:] - twice) / 110).square().mean()
    return first + second


def _warp_clips(values: Tensor, flow: Tensor) -> Tensor:
    return warp(values.flatten(0, 1), flow.flatten(0, 1)).reshape(values.shape)


def anchor_loss(ab: Tensor) -> Tensor:
    """Squared distance over 110 of each frame's mean chroma from the line between its anchors'."""
    chroma = (ab.square().sum(2) + 1e-3).sqrt().mean((2, 3))
    t = torch.linspace(0, 1, ab.shape[1], device=ab.device)
    line = chroma[:, :1] * (1 - t) + chroma[:, -1:] * t
    return ((chroma - line.detach()) / 110).square().mean()


def train_propagation(
    network: Mini, photographs: Path, films: Path, work: Path, config: FilmsConfig
) -> Iterator[str]:
    """Train from the last checkpoint in `work`, or from `network` as it is; yields log lines (JSON)."""
    pictures = read_all(split(photographs).train[::4])
    clips = read_clips(films, short_side_px=256)
    network.eval().requires_grad_(requires_grad=False)
    network.propagation.requires_grad_(requires_grad=True)
    optimizer = torch.optim.Adam(network.propagation.parameters(), lr=config.rate, betas=(0.9, 0.99))
    average = Average(network, 0.99)
    checkpoint = work / "propagation.pt"
    first = load_checkpoint(checkpoint, network, optimizer, average) if checkpoint.exists() else 0
    started = time.monotonic()
    with ThreadPoolExecutor(1) as pool, appending(work / "propagation.log") as log:
        drawn: Future[Sample] = pool.submit(draw, network, clips, pictures, config, first)
        for step in range(first, config.steps):
            sample = drawn.result()
            drawn = pool.submit(draw, network, clips, pictures, config, step + 1)
            for group in optimizer.param_groups:
                group["lr"] = config.rate * 0.5 ** (4 * step // config.steps)
            ab = colors_of(network, sample)
            steady, held = regularization_loss(ab, *_by_clip(sample)), anchor_loss(ab)
            optimizer.zero_grad(set_to_none=True)
            (steady + config.anchor_weight * held).backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.propagation.parameters(), 1.0)
            optimizer.step()
            average.update(network)
            if step % 10 == 9:
                line = _log_line(step + 1, steady, held, (step + 1 - first) / (time.monotonic() - started))
                log.write(line + "\n")
                yield line
            if (step + 1) % config.save_every == 0 or step + 1 == config.steps:
                save_checkpoint(checkpoint, step + 1, network, optimizer, average, as_record(config))


def _log_line(step: int, steady: Tensor, held: Tensor, rate: float) -> str:
    row = {
        "step": step,
        "steady": float(f"{steady.item():.4g}"),
        "held": float(f"{held.item():.4g}"),
        "steps_per_s": round(rate, 3),
    }
    return json.dumps(row)
