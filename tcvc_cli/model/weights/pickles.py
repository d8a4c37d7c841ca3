"""The only place that opens a pickle: official checkpoints, tensors only, no code is ever run.

torch's restricted unpickler (`weights_only=True`) had holes before 2.10 (CVE-2025-32434 through tar
archives, CVE-2026-24747 through opcodes), so an older torch is refused, and tar archives always are.
"""

from __future__ import annotations

import pickle
import re
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from tcvc_cli.errors import WeightsRefused

SAFE_SINCE: Final = (2, 10)
_GLOBAL: Final = re.compile(r"GLOBAL ([\w.]+)")


def load(path: Path) -> dict[str, Tensor]:
    """A `.pth` or `.pth.tar` checkpoint -> its tensors by name, on the CPU.

    Takes a bare state dict or one under the key 'state_dict', and strips `module.` prefixes. Raises
    WeightsRefused for anything else: code, damage, an old archive, values that are not tensors.
    """
    _refuse_old_torch(torch.__version__)
    try:
        _refuse_archives(path)
        found = torch.load(path, map_location="cpu", weights_only=True)
    except WeightsRefused:
        raise
    except pickle.UnpicklingError as error:
        raise WeightsRefused(f"{path} {_complaint(error)}") from None
    except Exception as error:  # torch raises whatever the damaged part happens to trip over
        raise WeightsRefused(f"{path} is damaged or no checkpoint ({type(error).__name__})") from None
    return _tensors(found, path)


def _refuse_archives(path: Path) -> None:
    """torch writes zip archives whose members are stored; a compressed one may swell without limit."""
    if tarfile.is_tarfile(path):
        raise WeightsRefused(f"{path} is a tar archive, which cannot be read safely")
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        if any(member.compress_type != zipfile.ZIP_STORED for member in archive.infolist()):
            raise WeightsRefused(f"{path} is a compressed archive, which no checkpoint is")


def _refuse_old_torch(version: str) -> None:
    numbers = tuple(int(part) for part in version.split("+")[0].split(".")[:2])
    if numbers < SAFE_SINCE:
        raise WeightsRefused(
            f"torch {version} does not read pickles safely",
            "Install torch 2.10 or newer, or convert the file to .safetensors elsewhere.",
        )


def _complaint(error: pickle.UnpicklingError) -> str:
    found = _GLOBAL.search(str(error))
    return f"holds more than tensors: it asks for {found[1]}" if found else "is damaged or no checkpoint"


def _tensors(found: Any, path: Path) -> dict[str, Tensor]:
    state = found.get("state_dict", found) if isinstance(found, Mapping) else None
    if not isinstance(state, Mapping) or not state:
        raise WeightsRefused(f"{path} holds no state dict")
    for name, value in state.items():
        if not isinstance(name, str) or not isinstance(value, Tensor) or not _is_plain(value):
            raise WeightsRefused(f"{path}: {name!r} is not a plain tensor with a name")
    return {name.removeprefix("module."): value for name, value in state.items()}


def _is_plain(value: Tensor) -> bool:
    return value.layout is torch.strided and value.device.type == "cpu" and not value.is_quantized
