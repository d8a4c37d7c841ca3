"""What a user can choose where more than one machine works on films."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from tcvc_cli.run.machines.shard import Shard, shard_of
from tcvc_cli.run.options.declaration import Declared, check_options


@dataclass(frozen=True, slots=True)
class Machines:
    """Who does which part."""

    shard: Annotated[
        Shard | None,
        Declared(
            ("--shard",),
            scope="run",
            panel="Many machines",
            metavar="I/N",
            help="Do the I-th of N parts, others do the others; auto in an array job.",
            reads=shard_of,
        ),
    ] = None

    def __post_init__(self) -> None:
        check_options(self)
