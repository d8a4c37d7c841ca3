"""The published test-time path: what the authors' scripts do around their network.

Every frame is squeezed to 256x256 whatever its shape, shots are ignored, and ab is brought back to size
bilinearly. For comparison with published results; a film is better served by the engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

from tcvc_cli.records import Clip

SIZE_PX: Final = 256


class ClipNetwork(Protocol):
    """A network that colours one clip at a time, as the authors' scripts have it."""

    def colorize_clip(self, lightness: Tensor, first: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """(B, T, 1, H, W) L* -> ab (B, T, 2, H, W) in CIE units, and the state of the last frame.

        `first` is the state of the first frame, where the clip before has made it already.
        """
        ...


def ab_of_clips(
    model: ClipNetwork, lightness: Iterable[Tensor], clips: Iterable[Clip], *, size_px: int = SIZE_PX
) -> Iterator[Tensor]:
    """ab (2, H, W) in CIE units for every frame of (1, H, W) L*, as it comes.

    The clips follow each other; one at a time is held. ValueError when there are fewer frames.
    """
    frames, shared, state = iter(lightness), list[Tensor](), None
    for clip in clips:
        held = [*shared, *islice(frames, len(clip) - len(shared))]
        if len(held) < len(clip):
            raise ValueError(f"{len(held)} frames for a clip of {len(clip)}")
        squeezed = torch.stack([_resized(frame, (size_px, size_px)) for frame in held])
        ab, state = model.colorize_clip(squeezed[None], state)
        new = len(shared)  # the clip before gave that frame already
        for frame, small in zip(held[new:], ab[0, new:], strict=True):
            yield _resized(small, frame.shape[-2:])
        shared = held[-1:]


def _resized(picture: Tensor, size: tuple[int, ...]) -> Tensor:
    height, width = size
    return F.interpolate(picture[None], (height, width), mode="bilinear", align_corners=False)[0]
