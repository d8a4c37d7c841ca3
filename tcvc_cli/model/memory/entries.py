"""What the memory holds of one picture in colour."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

import torch
from torch import Tensor

Kind = Literal["given", "pointed", "scene", "settled"]
# Order of trust: how much a match with each kind counts beside one that is as like with another kind, and how
# confident the colours are at most that it gives.
TRUST: Final[dict[Kind, float]] = {"given": 1.0, "pointed": 1.0, "scene": 0.6, "settled": 0.3}
MOST_CONFIDENT: Final[dict[Kind, float]] = {"given": 0.95, "pointed": 0.95, "scene": 0.85, "settled": 0.95}


@dataclass(frozen=True, slots=True)
class Fine:
    """A picture at the size of the model's input: `lightness` (1, H, W) L*, `ab` (2, H, W) CIE units, and
    `opacity` (1, H, W) in [0, 1], 0 where it says nothing; float32. `close_places` (SIZE, H/2, W/2) bfloat16
    are what `Describer` says at CLOSE_STRIDE_PX."""

    lightness: Tensor
    ab: Tensor
    opacity: Tensor
    close_places: Tensor

    def to(self, device: torch.device) -> Fine:
        """The same on another device."""
        planes = (self.lightness, self.ab, self.opacity, self.close_places)
        return Fine(*(one.to(device) for one in planes))


@dataclass(frozen=True, slots=True)
class Remembered:
    """A picture in colour, place by place.

    `given`: a frame of this film, coloured by somebody; `pointed`: one of which somebody gave the colours of
    a few places, spread as far as they speak for others; `scene`: a picture of something else; `settled`: a
    frame of this film that the model has coloured. `places` (SIZE, h, w) bfloat16 are what `Describer` says,
    `lightness` (1, h, w), `ab` (2, h, w) and `opacity` (1, h, w) float32 on the same grid. `frame` is its
    number in the film. `fine` is there where the picture can be laid over other frames. `weight` in [0, 1] is
    what a person gives it.
    """

    kind: Kind
    places: Tensor
    lightness: Tensor
    ab: Tensor
    opacity: Tensor
    frame: int | None = None
    fine: Fine | None = None
    weight: float = 1.0

    def to(self, device: torch.device) -> Remembered:
        """The same on another device."""
        return replace(
            self,
            places=self.places.to(device),
            lightness=self.lightness.to(device),
            ab=self.ab.to(device),
            opacity=self.opacity.to(device),
            fine=None if self.fine is None else self.fine.to(device),
        )
