"""What eyes might see in clips: frames whose places are of a few kinds, each with features and a colour."""

from __future__ import annotations

from pathlib import Path

import torch
from torch.nn import functional as F

from tcvc_cli.model.memory.describer import OUTLINES, THINGS, Seen
from tcvc_cli.train.descriptors.clips import SeenClip, SeenFrame, write

GRID = (6, 8)
KINDS = 5
_TELLING = 16  # planes in which kinds differ; the others hide that from whoever weighs all alike


def seen_frame(kinds: torch.Generator, places: torch.Generator) -> SeenFrame:
    """`kinds` says what there is in the clip, `places` where it is in the frame."""
    features = torch.randn(KINDS, _TELLING, generator=kinds)
    colors = torch.randn(KINDS, 2, generator=kinds) * 25
    which = torch.randint(KINDS, GRID, generator=places)
    planes = F.pad(features[which], (0, OUTLINES - _TELLING))
    noise = torch.randn(*GRID, OUTLINES, generator=places)
    noise[..., :_TELLING] *= 0.3
    outlines = planes + noise
    things = torch.randn(1, THINGS, 3, 4, generator=places)
    return SeenFrame(Seen(outlines.permute(2, 0, 1)[None], things), colors[which].permute(2, 0, 1))


def seen_clip(file: Path, seed: int, frames: int = 4, eyes: str = "these") -> SeenClip:
    """Written to `file`, and read again."""
    file.parent.mkdir(parents=True, exist_ok=True)
    places = torch.Generator().manual_seed(1000 + seed)
    write(file, [seen_frame(torch.Generator().manual_seed(seed), places) for _ in range(frames)], eyes)
    return SeenClip.read(file)
