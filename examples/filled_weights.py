"""Weights for the published networks that need no file: every tensor follows from its name and shape."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tcvc_cli.model.networks.idc import TcvcIdc

_GAINS = {
    "fea_key.model_out.0.weight": 0.7,
    "weigting.conv3.weight": 4.0,
    "feature_refine.conv3.weight": 0.1,
    "flow.flownetc.conv3.0.weight": 8.0,
    "flow.flownetc.conv_redir.0.weight": 0.125,
    "flow.flownets_d.predict_flow2.weight": 10.0,
    "flow.flownetfusion.predict_flow0.weight": 2.0,
}


def _gain(name: str) -> float:
    """Chosen so that flows are a few pixels, the correlation matters and ab is far from saturation."""
    return _GAINS.get(name, 0.3 if ".predict_flow" in name else 1.0)


def _values(name: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
    seed = zlib.crc32(name.encode()) & 0xFFFFFFFF
    z: NDArray[np.float64] = np.random.RandomState(seed).standard_normal(shape)
    if len(shape) == 4:
        return z * (_gain(name) * float(np.sqrt(2 / np.prod(shape[1:]))))
    if name.endswith("running_var"):
        return np.exp(0.2 * z, dtype=np.float64)
    if name.endswith("running_mean"):
        return 0.1 * z
    return 1 + 0.1 * z if name.endswith(".weight") else 0.02 * z


def published_state(like: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A state dict with the names and shapes of `like`, filled by the rule (about five seconds for all)."""
    return {
        name: torch.zeros((), dtype=torch.int64)
        if name.endswith("num_batches_tracked")
        else torch.from_numpy(_values(name, tuple(tensor.shape)).astype(np.float32))
        for name, tensor in like.items()
    }


@cache
def published_model() -> TcvcIdc:
    """The whole model with filled weights, in eval mode: 0.8 GB, so built once."""
    with torch.device("meta"):  # skips the default initialisation
        model = TcvcIdc()
    model.load_state_dict(published_state(model.state_dict()), assign=True)
    return model.eval()
