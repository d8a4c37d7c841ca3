"""What a user can choose of the machines that compute."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from tcvc_cli.errors import UsageError
from tcvc_cli.run.machines.shard import Shard, shard_of
from tcvc_cli.run.options.declaration import Declared, check_options, flags_of

_ADDRESS = re.compile(r"auto|local|[^\s:/]+:\d{1,5}|\[[0-9a-fA-F:]+\]:\d{1,5}", re.ASCII)
_PANEL = "Many machines"
_LEAST_CPUS = 0.01  # Ray counts in ten-thousandths


def ray_address(text: str) -> str:
    """`text` as it is, when it is where a cluster may be. Ray Client's addresses are none: it has no streams
    of what an actor says."""
    if text.startswith("ray://"):
        raise ValueError(f"{text!r}; start tcvc on a machine of the cluster, with auto")
    if _ADDRESS.fullmatch(text) is None:
        raise ValueError(f"{text!r} is none of auto, local, HOST:PORT")
    return text


@dataclass(frozen=True, slots=True)
class Machines:
    """Where the work is done: all of it here, unless this is one `shard`, or a cluster is named."""

    shard: Annotated[
        Shard | None,
        Declared(
            ("--shard",),
            scope="run",
            panel=_PANEL,
            metavar="I/N|auto",
            help="Only the I-th of N parts; auto: by the array job, auto/N where it does not say N.",
            reads=shard_of,
        ),
    ] = None
    ray: Annotated[
        str | None,
        Declared(
            ("--ray",),
            scope="run",
            panel=_PANEL,
            metavar="ADDRESS",
            help="On a Ray cluster: auto for the one that runs here, HOST:PORT, or local to start one.",
            reads=ray_address,
        ),
    ] = None
    ray_workers: Annotated[
        int | None,
        Declared(
            ("--ray-workers",),
            scope="run",
            panel=_PANEL,
            metavar="N",
            help="So many at once on the cluster; as many as it has room for unless given.",
            least=1,
            most=100_000,
        ),
    ] = None
    ray_cpus: Annotated[
        float,
        Declared(
            ("--ray-cpus",),
            scope="run",
            panel=_PANEL,
            metavar="N",
            help="CPU cores of each worker.",
            least=_LEAST_CPUS,
            most=1024,
        ),
    ] = 1.0
    ray_gpus: Annotated[
        float,
        Declared(
            ("--ray-gpus",),
            scope="run",
            panel=_PANEL,
            metavar="N",
            help="GPUs of each worker: 0.5 is half of one.",
            least=0,
            most=64,
        ),
    ] = 0.0
    is_shipped: Annotated[
        bool,
        Declared(
            ("--ship",),
            scope="run",
            panel=_PANEL,
            help="Send the film to machines of the cluster that do not see its disk.",
            is_for_one_film=True,
        ),
    ] = False

    def __post_init__(self) -> None:
        check_options(self)
        if self.ray_gpus > 1 and self.ray_gpus != int(self.ray_gpus):
            message = f"{_flag('ray_gpus')} is {self.ray_gpus}; above one it takes whole GPUs"
            raise UsageError(message, option="ray_gpus")
        if self.shard is not None and self.ray is not None:
            message = f"{_flag('shard')} and {_flag('ray')} both say who does what"
            raise UsageError(message, "Leave out one of them.", option="shard")
        given = {
            "ray_workers": self.ray_workers is not None,
            "ray_cpus": self.ray_cpus != 1,
            "ray_gpus": self.ray_gpus != 0,
            "is_shipped": self.is_shipped,
        }
        for name, is_given in given.items():
            if is_given and self.ray is None:
                raise UsageError(f"{_flag(name)} is about a Ray cluster", "Add {ray} auto.", option=name)


def _flag(name: str) -> str:
    return flags_of(Machines)[name]
