"""Does a state dict fit its network? One checker a network, each imported only when it is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from tcvc_cli.errors import WeightsRefused

if TYPE_CHECKING:
    from torch import Tensor

State = Mapping[str, "Tensor"]


def check_state(network: str, state: State) -> None:
    """Raises WeightsRefused, naming the first tensor whose name, shape or dtype is not the network's."""
    if network not in CHECKERS:
        raise WeightsRefused(f"this version of tcvc has no network {network!r}", "Update tcvc.")
    CHECKERS[network](state)


def compare(state: State, expected: State, *, network: str) -> None:
    """Names and shapes must be equal; a float tensor may be stored as float32, float16 or bfloat16."""
    missing, extra = expected.keys() - state.keys(), state.keys() - expected.keys()
    if missing or extra:
        example = min(missing or extra)
        raise WeightsRefused(
            f"not the weights of {network}: {len(missing)} names missing, {len(extra)} unknown, as {example}"
        )
    for name, wanted in expected.items():
        _compare_tensor(name, state[name], wanted, network)


def _compare_tensor(name: str, found: Tensor, wanted: Tensor, network: str) -> None:
    if found.shape != wanted.shape:
        raise WeightsRefused(f"{network}: {name} is {tuple(found.shape)}, not {tuple(wanted.shape)}")
    is_short_float = wanted.is_floating_point() and str(found.dtype) in _STORED_FLOATS
    if found.dtype != wanted.dtype and not is_short_float:
        raise WeightsRefused(f"{network}: {name} is {found.dtype}, not {wanted.dtype}")


def _check_own(network: str) -> Callable[[State], None]:
    """Against a fresh network of the registry."""

    def check(state: State) -> None:
        import torch

        from tcvc_cli.model.colorizer import create

        with torch.device("meta"):
            expected = create(f"tcvc-{network}").state_dict()
        compare(state, expected, network=network)

    return check


def _check_places(state: State) -> None:
    import torch

    from tcvc_cli.model.memory.describer import Describer

    with torch.device("meta"):
        expected = Describer().state_dict()
    compare(state, expected, network="places")


def _check_points(state: State) -> None:
    import torch

    from tcvc_cli.model.memory.point_kernel import PointKernel

    with torch.device("meta"):
        expected = PointKernel().state_dict()
    compare(state, expected, network="points")


def _check_idc(state: State) -> None:
    from tcvc_cli.model.weights.published import check_state_dict

    check_state_dict(state)


_STORED_FLOATS: Final = ("torch.float32", "torch.float16", "torch.bfloat16")
CHECKERS: Final[dict[str, Callable[[State], None]]] = {
    "mini": _check_own("mini"),
    "dino": _check_own("dino"),
    "places": _check_places,
    "points": _check_points,
    "idc": _check_idc,
}
