"""What a user can choose when a finished colour film is graded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tcvc_cli.run.options.declaration import Declared, check_options
from tcvc_cli.run.options.film import Options


@dataclass(frozen=True, slots=True)
class GradeRequest:
    """`options` are those that any result has: the film in colour, its settings file, where the result goes,
    how its picture is coded, and the parts of a grade; the others are not looked at."""

    options: Options
    original: Annotated[
        Path | None,
        Declared(
            ("--film",),
            scope="run",
            metavar="FILE",
            help="The black-and-white film whose luma is kept; the one that the sidecar names unless given.",
        ),
    ] = None

    def __post_init__(self) -> None:
        check_options(self)
