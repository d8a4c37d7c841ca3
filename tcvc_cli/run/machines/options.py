"""What a user can choose where several machines share the work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from tcvc_cli.run.machines.shard import Shard, shard_of
from tcvc_cli.run.options.declaration import Declared


@dataclass(frozen=True, slots=True)
class Machines:
    """Without a `shard` all of the work is done here."""

    shard: Annotated[
        Shard | None,
        Declared(
            ("--shard",),
            scope="run",
            metavar="I/N|auto",
            help="Only the I-th of N parts; auto: by the array job, auto/N where it does not say N.",
            reads=shard_of,
        ),
    ] = None
