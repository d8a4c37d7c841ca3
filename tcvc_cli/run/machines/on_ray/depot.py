"""A depot on a Ray cluster: an actor on the machine of the command, which alone touches its disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

from tcvc_cli.errors import TcvcError
from tcvc_cli.run.machines.on_ray.connect import first_line
from tcvc_cli.run.machines.shipping.depot import Brought, DepotHere, Lent, Shipment
from tcvc_cli.run.machines.shipping.machine_folder import remove_machine_folder

_CLEAR_S: Final = 20.0  # for all machines to remove what they were sent


@dataclass(frozen=True, slots=True)
class DepotOnRay:
    """As a worker has it: it can be sent along with a task. One slice at a time is in Ray's hands."""

    actor: Any
    slice_bytes: int

    def listing(self) -> tuple[Lent, ...]:
        found: tuple[Lent, ...] = _answer(self.actor.listing.remote())
        return found

    def take(self, number: int, offset: int) -> bytes:
        return bytes(_answer(self.actor.take.remote(number, offset)))

    def bring(self, name: str, offset: int, content: bytes) -> None:
        _answer(self.actor.bring.remote(name, offset, content))

    def keep(self, files: Sequence[Brought]) -> None:
        _answer(self.actor.keep.remote(files))

    def kept(self, names: Sequence[str]) -> frozenset[str]:
        found: frozenset[str] = _answer(self.actor.kept.remote(names))
        return found


def _answer(reference: Any) -> Any:
    """Raises what the depot raises, TcvcError where it is gone."""
    import ray
    from ray.exceptions import RayError, RayTaskError

    try:
        return ray.get(reference)
    except RayTaskError as error:
        raise (error.cause if isinstance(error.cause, Exception) else error) from None
    except RayError as error:
        raise TcvcError(f"the machine of the command does not answer: {first_line(error)}") from error


@contextmanager
def depot_on_ray(shipment: Shipment, token: str) -> Iterator[DepotOnRay]:
    """While the block runs, inside `on_ray`. Then no machine that is left keeps what it was sent for the run
    with this token."""
    import ray

    actor = _on_node(DepotHere, ray.get_runtime_context().get_node_id()).remote(shipment)
    try:
        yield DepotOnRay(actor, shipment.slice_bytes)
    finally:
        with suppress(ray.exceptions.RayError):
            ray.get(actor.close.remote(), timeout=_CLEAR_S)
            ray.kill(actor)
            _clear(token)


def _on_node(what: Any, node: str) -> Any:
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    remote: Any = ray.remote
    there = NodeAffinitySchedulingStrategy(node, soft=False)
    return remote(num_cpus=0)(what).options(scheduling_strategy=there)


def _clear(token: str) -> None:
    import ray

    nodes: Any = ray.nodes  # which has no types
    alive = [node["NodeID"] for node in nodes() if node["Alive"]]
    cleared = [_on_node(remove_machine_folder, one).remote(token) for one in alive]
    ray.wait(cleared, num_returns=len(cleared), timeout=_CLEAR_S, fetch_local=False)
