"""A network with the averaged weights of a checkpoint."""

from __future__ import annotations

from pathlib import Path

from tcvc_cli.model.networks.mini import Mini
from tcvc_cli.train.checkpoint import load_averaged


def trained_network(checkpoint: Path) -> Mini:
    """`Mini` in eval mode. Raises UnreadableInput."""
    network = Mini()
    load_averaged(checkpoint, network)
    return network.eval()
