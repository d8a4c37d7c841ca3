"""What every film network offers the engine: colour an anchor, carry its state, fuse two, read ab."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from tcvc_cli.model.colorizer import Colorizer
from tcvc_cli.model.flow import FlowEstimator


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """What the forward pass sees at frame i of each clip; the clip is the batch dimension.

    States are (N, C, h, w), contexts (N, K, h, w). `position` (N,) is 0 at the first anchor of the
    clip and 1 at the last; `step` (N,) is how far one frame is on that way.
    """

    forward_warped: Tensor  # state of frame i - 1, warped to i
    backward: Tensor  # anchor state warped back to i
    backward_next: Tensor  # anchor state at i + 1, not warped
    forward_previous: Tensor  # state of frame i - 1, not warped
    context_previous: Tensor
    context: Tensor
    context_next: Tensor
    position: Tensor
    step: Tensor


class FilmNetwork(Colorizer, Protocol):
    """A network in the engine's hands. All lightness is L* in [0, 100], all ab in CIE units, float32.

    Its `abilities.stride` is the px of the model's input per cell of its states.
    """

    def flow_estimator(self) -> FlowEstimator:
        """A new estimator, for one thread."""
        ...

    def anchor_states(self, lightness: Tensor, hints: Tensor | None) -> Tensor:
        """(N, 1, H, W), H and W multiples of the stride; hints (N, 3, h, w) -> states (N, C, h, w)."""
        ...

    def contexts(self, lightness: Tensor) -> Tensor:
        """(N, 1, H, W) -> (N, K, h, w), what the film itself says at each cell."""
        ...

    def carry(self, warped: Tensor, visible: Tensor) -> Tensor:
        """A state after one warp; `visible` (N, 1, h, w) is the soft non-occlusion mask of that warp."""
        ...

    def fuse(self, hood: Neighbourhood) -> Tensor:
        """The state (N, C, h, w) of frame i from its neighbours'."""
        ...

    def ab(self, states: Tensor) -> Tensor:
        """(N, C, h, w) -> (N, 2, h, w)."""
        ...


class DoubtingNetwork(FilmNetwork, Protocol):
    """One whose `abilities.tells_doubt`."""

    def doubt(self, states: Tensor) -> Tensor:
        """(N, C, h, w) -> (N, 1, h, w), CIE units: how far off it expects its own colours to be there."""
        ...
