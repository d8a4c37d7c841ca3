"""What a place looks like, as 64 numbers: by their product two places are told to be of one kind.

Deep Exemplar (Zhang et al. 2019, section 3.2) compares features of VGG19 after residual blocks; here they
are those that the anchor network has computed anyway, projected. The projection alone is trained, to find
the colours of one frame of a film in another (`tcvc train descriptors`, docs/training.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SIZE: Final = 64
STRIDE_PX: Final = 8  # of the model's input
CLOSE_STRIDE_PX: Final = 2  # where it is looked at closely
OUTLINES: Final = 256  # planes of EfficientNet at strides 4 to 16, and of the decoder
THINGS: Final = 3 * 384  # planes of DINOv2, layers 6, 9, 12


@dataclass(frozen=True, slots=True)
class Seen:
    """Of one frame: `outlines` (1, OUTLINES, h, w) float32 of `tcvc-mini`, and `things`
    (1, THINGS, rows, columns) float32 of DINOv2, None where it has not looked."""

    outlines: Tensor
    things: Tensor | None = None


class Describer(nn.Module):
    """`Seen` -> (SIZE, h, w) float32, at every place of length 1."""

    mean: Tensor
    spread: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(1, OUTLINES, 1, 1))
        self.register_buffer("spread", torch.ones(1, OUTLINES, 1, 1))
        self.outlines = nn.Conv2d(OUTLINES, SIZE, 1)
        self.things = nn.Conv2d(THINGS, SIZE, 1)

    def forward(self, seen: Seen) -> Tensor:
        with torch.autocast(seen.outlines.device.type, enabled=False):  # nearly equal places differ little
            described: Tensor = self.outlines((seen.outlines.float() - self.mean) / self.spread)
            if seen.things is not None:
                things = self.things(seen.things.float())
                size = described.shape[-2:]
                described = described + F.interpolate(things, size, mode="bilinear", align_corners=False)
            # What all places of a frame have in common is its exposure and its kind of scene.
            return F.normalize(described - described.mean((2, 3), keepdim=True), dim=1)[0]
