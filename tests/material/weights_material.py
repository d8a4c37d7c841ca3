"""Weights, pickles and manifests to test with."""

from __future__ import annotations

import hashlib
import pickle
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save
from torch import Tensor

from tcvc_cli.model.colorizer import create


@cache
def mini_state() -> dict[str, Tensor]:
    """A whole state dict of the network "mini", float32 as it is made: 22 MB."""
    torch.manual_seed(7)
    return create("tcvc-mini").state_dict()


@cache
def mini_safetensors() -> bytes:
    """The same, stored as float16: 11 MB."""
    halves = {name: t.half() if t.is_floating_point() else t for name, t in mini_state().items()}
    return save({name: t.contiguous() for name, t in halves.items()})


def entry(name: str, data: bytes | None = None, **changes: Any) -> dict[str, Any]:
    """A row of the manifest as JSON; its size and hash are those of `data`, or null."""
    row: dict[str, Any] = {
        "name": name,
        "network": "mini",
        "version": "1",
        "file": f"{name}.safetensors",
        "size_bytes": None if data is None else len(data),
        "sha256": None if data is None else hashlib.sha256(data).hexdigest(),
        "licence": "MIT",
        "source": {"kind": "user"},
        "good_for": "tests",
        "citation": "none",
    }
    return row | changes


class Trap:
    """Pickles into a call of `function(*arguments)`: what an attacker puts into a checkpoint."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


def bare_pickle(value: Any, path: Path) -> Path:
    path.write_bytes(pickle.dumps(value, protocol=2))
    return path


def seconds_at_best(action: Callable[[], object], tries: int = 3) -> float:
    """The shortest of a few runs, so that a busy machine is not taken for a slow answer."""
    took = []
    for _ in range(tries):
        start = time.perf_counter()
        action()
        took.append(time.perf_counter() - start)
    return min(took)


def refusal(action: Callable[[], object], kind: type[Exception], match: str) -> Callable[[], None]:
    """An action that succeeds when `action` fails as it should."""

    def act() -> None:
        with pytest.raises(kind, match=match):
            action()

    return act
