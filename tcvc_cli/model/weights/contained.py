"""Weights that a file leaves out because another file of the package holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Contained:
    """A network that has the one called `name` in it, under `prefix`, all `but` what begins so."""

    name: str
    prefix: str
    but: str


CONTAINED: Final[Mapping[str, Contained]] = {"dino": Contained("tcvc-mini", "mini.", "propagation.")}


def left_out(network: str, state: Mapping[str, Tensor]) -> Contained | None:
    """What the file of a network leaves out; None where it is complete."""
    contained = CONTAINED.get(network)
    if contained is None or any(name.startswith(contained.prefix) for name in state):
        return None
    return contained


def completed(
    state: Mapping[str, Tensor], contained: Contained, other: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """`state` with the tensors of the `other` network, which it contains."""
    tensors = {name: value for name, value in other.items() if not name.startswith(contained.but)}
    return {**state, **{contained.prefix + name: value for name, value in tensors.items()}}


def without_contained(network: str, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What the file of a network holds."""
    contained = CONTAINED.get(network)
    return {
        name: value
        for name, value in state.items()
        if contained is None or not name.startswith(contained.prefix)
    }
