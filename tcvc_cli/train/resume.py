"""A network with the averaged weights of a checkpoint."""

from __future__ import annotations

from pathlib import Path

from tcvc_cli.model.networks.mini import Mini
from tcvc_cli.train.checkpoint import averaged_weights


def trained_network(checkpoint: Path) -> Mini:
    """`Mini` in eval mode."""
    network = Mini()
    network.load_state_dict(averaged_weights(checkpoint))
    return network.eval()
