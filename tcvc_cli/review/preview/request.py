"""What a user can choose for a preview."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Final

from tcvc_cli.run.options.declaration import Declared, check_options
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.options.values import film_time

MOST_SHOTS: Final = 12


@dataclass(frozen=True, slots=True)
class PreviewRequest:
    """`options` are those that the complete film would be coloured with; their output is the preview.
    `length_s` is that of each excerpt."""

    options: Options
    most: Annotated[
        int,
        Declared(
            ("--most",),
            scope="run",
            metavar="N",
            help="Of how many shots at most, those that differ most.",
            least=1,
            most=1000,
        ),
    ] = MOST_SHOTS
    length_s: Annotated[
        Fraction,
        Declared(
            ("--seconds",),
            scope="run",
            metavar="TIME",
            help="How much of each shot is shown.",
            reads=film_time,
            least=0.04,
            most=60,
            unit="s",
        ),
    ] = Fraction(1)

    def __post_init__(self) -> None:
        check_options(self)
