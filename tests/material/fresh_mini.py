"""The shipped network before any training."""

from __future__ import annotations

from tcvc_cli.model.colorizer import create
from tcvc_cli.model.networks.mini import Mini


def fresh_mini() -> Mini:
    """In eval mode, without gradients; the weights follow PyTorch's seed."""
    network = create("tcvc-mini")
    assert isinstance(network, Mini)
    return network.eval().requires_grad_(requires_grad=False)
