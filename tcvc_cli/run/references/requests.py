"""What a user can choose when frames of a film are written as pictures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from tcvc_cli.errors import UsageError
from tcvc_cli.run.options.declaration import Declared, Switch, check_options, flags_of
from tcvc_cli.run.options.film import Options

_NUMBERS = re.compile(r"[0-9]{1,9}(,[0-9]{1,9})*", re.ASCII)


@dataclass(frozen=True, slots=True)
class FrameNumbers:
    """Of frames, counted from 0: each once, rising."""

    numbers: tuple[int, ...]


def frame_numbers(text: str) -> FrameNumbers:
    """`12,400`. Raises ValueError."""
    bare = text.replace(" ", "")
    if _NUMBERS.fullmatch(bare) is None:
        raise ValueError(f"{text}; it takes numbers of frames, as 12,400")
    return FrameNumbers(tuple(sorted(set(map(int, bare.split(","))))))


@dataclass(frozen=True, slots=True)
class Export:
    """`options` are those of the film; its references are there already, and what they explain is not asked
    for again."""

    options: Options
    folder: Annotated[
        Path,
        Declared(
            ("-o", "--output"),
            scope="run",
            metavar="FOLDER",
            help="Where the pictures go; it is made if it is not there.",
        ),
    ]
    choice: Annotated[
        Literal["coverage", "every-shot"] | None,
        Declared(
            scope="run",
            switches=(
                Switch(
                    "coverage",
                    "--coverage",
                    "coverage",
                    "Few frames, which explain most of the rest; so unless told otherwise.",
                ),
                Switch("every_shot", "--every-shot", "every-shot", "One frame of each shot."),
            ),
        ),
    ] = None
    frames: Annotated[
        FrameNumbers | None,
        Declared(
            ("--frames",),
            scope="run",
            metavar="N,N...",
            help="These frames, counted from 0.",
            reads=frame_numbers,
        ),
    ] = None
    most: Annotated[
        int | None,
        Declared(
            ("--most",),
            scope="run",
            metavar="N",
            help="How many frames at most; 20 unless given, or one of each shot.",
            least=1,
            most=1000,
        ),
    ] = None
    is_gray: Annotated[bool, Declared(("--grey",), scope="run", help="Without the colours of tcvc.")] = False

    def __post_init__(self) -> None:
        check_options(self)
        if self.frames is not None and (self.choice is not None or self.most is not None):
            flags = flags_of(Export)
            other = flags["most"] if self.choice is None else flags[self.choice.replace("-", "_")]
            message = f"{flags['frames']} names the frames, and {other} chooses some"
            raise UsageError(message, "Leave out one of them.")
