"""In which arithmetic a network runs."""

from __future__ import annotations

from dataclasses import dataclass

import torch


@dataclass(frozen=True, slots=True)
class Precision:
    """Arithmetic of the network's layers. Flow, warps and colours are always float32."""

    device: torch.device
    layers: torch.dtype

    def autocast(self) -> torch.autocast:
        is_mixed = self.layers is not torch.float32
        return torch.autocast(self.device.type, self.layers if is_mixed else torch.bfloat16, enabled=is_mixed)
