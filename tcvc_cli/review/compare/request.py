"""What a user can choose when two films are set side by side."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Final, Literal

from tcvc_cli.errors import UsageError
from tcvc_cli.run.options.declaration import Declared, Switch, check_options
from tcvc_cli.run.options.film import Options

Layout = Literal["side-by-side", "split", "wipe"]
LONGEST_LABEL: Final = 40  # letters
_SHAPE = Fraction(9, 16)  # of the room that the picture has


def label_of(text: str) -> str:
    """Raises ValueError for one that is too long."""
    if len(text) > LONGEST_LABEL:
        raise ValueError(f"{text[:20]}...; it takes up to {LONGEST_LABEL} letters")
    return text


@dataclass(frozen=True, slots=True)
class CompareRequest:
    """`options` are those of the first film: its output is the film for showing; the others are not looked
    at. `other` is the second film, at the right."""

    options: Options
    other: Path
    layout: Annotated[
        Layout,
        Declared(
            scope="run",
            switches=(
                Switch(
                    "side_by_side", "--side-by-side", "side-by-side", "Both films, complete; unless given."
                ),
                Switch("split", "--split", "split", "One picture: its left half of A, its right half of B."),
                Switch("wipe", "--wipe", "wipe", "The same, and the line moves slowly to and fro."),
            ),
        ),
    ] = "side-by-side"
    width_px: Annotated[
        int,
        Declared(
            ("--width",),
            scope="run",
            metavar="PX",
            help="The film's width at most, and 9/16 of it its height.",
            least=64,
            most=7680,
            unit="px",
        ),
    ] = 1920
    labels: Annotated[
        tuple[str, ...],
        Declared(
            ("--label",),
            scope="run",
            metavar="TEXT",
            help="Words in the corner of A; given a second time, of B.",
            reads=label_of,
        ),
    ] = ()

    def __post_init__(self) -> None:
        check_options(self)
        if len(self.labels) > 2:
            raise UsageError(f"there are {len(self.labels)} labels for two films", option="labels")

    @property
    def room_px(self) -> tuple[int, int]:
        """(width, height) that the film for showing fits in."""
        return self.width_px, int(self.width_px * _SHAPE)
