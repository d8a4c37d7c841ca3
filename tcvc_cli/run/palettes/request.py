"""What a user can choose when the palettes of a film are laid side by side."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from tcvc_cli.errors import UsageError
from tcvc_cli.names import refuse_no_sheet
from tcvc_cli.run.options.declaration import Declared, check_options
from tcvc_cli.run.options.film import Options

_NUMBERS = re.compile(r"([1-9][0-9]{0,7})(?:-([1-9][0-9]{0,7}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class ShotNumbers:
    """Of shots, counted from 1: the `first` to the `last`, both included."""

    first: int
    last: int

    def __contains__(self, number: int) -> bool:
        return self.first <= number <= self.last


def shot_numbers(text: str) -> ShotNumbers:
    """`12`, or `7-9`. Raises ValueError."""
    found = _NUMBERS.fullmatch(text.strip())
    numbers = None if found is None else ShotNumbers(int(found[1]), int(found[2] or found[1]))
    if numbers is None or numbers.last < numbers.first:
        raise ValueError(f"{text[:40]}; it takes the number of a shot, or the first and the last as 7-9")
    return numbers


@dataclass(frozen=True, slots=True)
class PalettesRequest:
    """`options` are those of the film; its output is the sheet. Without `shots`, all of them."""

    options: Options
    shots: Annotated[
        tuple[ShotNumbers, ...],
        Declared(
            ("--shot",),
            scope="run",
            metavar="NUMBER|FIRST-LAST",
            help="Only this shot, from 1, or these; repeatable.",
            reads=shot_numbers,
        ),
    ] = ()

    def __post_init__(self) -> None:
        check_options(self)
        refuse_no_sheet(self.options.output)

    def wants(self, number: int) -> bool:
        """Whether the shot of this number belongs on the sheet."""
        return not self.shots or any(number in some for some in self.shots)

    def check(self, shot_count: int) -> None:
        """Raises UsageError for a shot that there is not."""
        last = max((some.last for some in self.shots), default=0)
        if last > shot_count:
            raise UsageError(f"there is no shot {last}; the film has {shot_count}", option="shots")
