"""Are these the published weights? Names, shapes and types of the official checkpoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import torch
from torch import Tensor, nn

from tcvc_cli.errors import WeightsRefused
from tcvc_cli.model.networks.idc import TcvcIdc
from tcvc_cli.model.networks.siggraph17 import Siggraph17

NetworkName = Literal["tcvc-idc", "siggraph17"]
_NETWORKS: Final[dict[NetworkName, type[nn.Module]]] = {"tcvc-idc": TcvcIdc, "siggraph17": Siggraph17}
_COUNTER: Final = "num_batches_tracked"  # absent from files older than torch 0.4.1; nothing reads it


def check_state_dict(state: Mapping[str, Tensor], *, network: NetworkName = "tcvc-idc") -> None:
    """Raises WeightsRefused, naming the first tensor that is missing, unexpected, misshapen or mistyped.

    `network` is the whole model or its anchor branch alone. A prefix `module.` is looked through, and batch
    counters may be absent, as in the oldest official file; `load_state_dict` fills them in.
    """
    found = {name.removeprefix("module."): tensor for name, tensor in state.items()}
    with torch.device("meta"):
        expected = _NETWORKS[network]().state_dict()
    for name, tensor in expected.items():
        if name in found:
            _check_tensor(name, found[name], tensor)
        elif not name.endswith(_COUNTER):
            raise WeightsRefused(f"not the weights of {network}: {name} is missing")
    for name in found:
        if name not in expected:
            raise WeightsRefused(f"not the weights of {network}: {name} is unexpected")


def _check_tensor(name: str, found: Tensor, expected: Tensor) -> None:
    if found.shape != expected.shape:
        raise WeightsRefused(f"{name} is {tuple(found.shape)}; it should be {tuple(expected.shape)}")
    if found.dtype != expected.dtype:
        raise WeightsRefused(f"{name} is {found.dtype}; it should be {expected.dtype}")
