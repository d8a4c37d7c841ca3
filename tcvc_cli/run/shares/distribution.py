"""Who colours the shots of a film."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tcvc_cli.run.machines.options import Machines
from tcvc_cli.run.machines.shard import Shard


@dataclass(frozen=True, slots=True)
class Alone:
    """This process, all of them."""


@dataclass(frozen=True, slots=True)
class Share:
    """This process those of one shard; others the others, and later one puts the film together."""

    shard: Shard


@dataclass(frozen=True, slots=True)
class Joined:
    """Others, and they have: here the film is put together."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Workers of a cluster, as many as it has, and here the film is put together."""

    machines: Machines


Distribution = Alone | Share | Joined | Spread
ALONE: Final = Alone()
