"""A place that a person left transparent says nothing, however like it is."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from tcvc_cli.model.memory.correspondence import match
from tcvc_cli.model.memory.describer import SIZE
from tcvc_cli.model.memory.entries import Remembered


def test_only_what_is_opaque_explains() -> None:
    """Of two places of a picture the opaque one is little like that of the frame, the other is the same."""
    seen = F.normalize(torch.randn(SIZE, 1, 1, generator=torch.Generator().manual_seed(1)), dim=0)
    other = F.normalize(torch.randn(SIZE, 1, 1, generator=torch.Generator().manual_seed(2)), dim=0)
    half_like = F.normalize(seen + 1.5 * other, dim=0)
    places = torch.cat([half_like, 0.9 * seen], 2).bfloat16()
    assert _confidence(seen, places, torch.tensor([[[1.0, 1.0]]])) > 0.9
    assert _confidence(seen, places, torch.tensor([[[1.0, 0.0]]])) < 0.2


def _confidence(seen: torch.Tensor, places: torch.Tensor, opacity: torch.Tensor) -> float:
    plane = torch.zeros(1, 1, 2)
    picture = Remembered("given", places, plane, torch.zeros(2, 1, 2), opacity, 0)
    return float(match(seen, [picture]).confidence)
