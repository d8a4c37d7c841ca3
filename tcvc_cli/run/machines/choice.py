"""Which executor does the tasks of a command."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from secrets import token_hex

from tcvc_cli.errors import UsageError
from tcvc_cli.import_path import isolate_children
from tcvc_cli.run.machines.executor import Executor
from tcvc_cli.run.machines.here import Here
from tcvc_cli.run.machines.options import Machines
from tcvc_cli.run.machines.processes import Processes
from tcvc_cli.run.machines.shipping.depot import Depot, Shipment


@contextmanager
def executor_on(machines: Machines, processes: int = 1) -> Iterator[Executor]:
    """While the block runs: a cluster where one is named, else so many processes here. Raises UsageError
    where Ray is not installed or no cluster answers."""
    if machines.ray is None:
        yield Processes(processes) if processes > 1 else Here()
        return
    if find_spec("ray") is None:
        raise UsageError("Ray is not installed", 'Install it: pip install "tcvc[ray]"', option="ray")
    _set_environment(machines)
    from tcvc_cli.run.machines.on_ray.executor import on_ray

    with on_ray(machines) as executor:
        yield executor


@contextmanager
def depot_on(machines: Machines, shipment: Shipment, token: str) -> Iterator[Depot]:
    """While the block runs, inside that of `executor_on`: where workers take what is lent and bring what is
    wanted. `token` is of this run alone; what machines keep under it goes at the end."""
    from tcvc_cli.run.machines.on_ray.depot import depot_on_ray

    with depot_on_ray(shipment, token) as depot:
        yield depot


def _set_environment(machines: Machines) -> None:
    """What Ray reads when it is loaded, and gives to the processes that it starts: that no module comes from
    the current folder, and nothing is sent anywhere; and for a cluster of our own a token, as other people of
    this machine reach its ports too."""
    isolate_children(os.environ)
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    if machines.ray == "local" and "RAY_AUTH_MODE" not in os.environ and "ray" not in sys.modules:
        os.environ["RAY_AUTH_MODE"], os.environ["RAY_AUTH_TOKEN"] = "token", token_hex(32)
