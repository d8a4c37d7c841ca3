"""The networks and what moves their features through a film. Importing this package does not import torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcvc_cli.errors import UnknownModel

if TYPE_CHECKING:
    from torch import nn

MODELS = ("tcvc-mini", "tcvc-idc")


def create(name: str) -> nn.Module:
    """The network `name` with fresh weights, on the CPU. UnknownModel lists what there is."""
    if name == "tcvc-mini":
        from tcvc_cli.model.networks.mini import Mini

        return Mini()
    if name == "tcvc-idc":
        from tcvc_cli.model.networks.idc import TcvcIdc

        return TcvcIdc()
    raise UnknownModel(f"there is no model {name}", f"Choose one of: {', '.join(MODELS)}.")
