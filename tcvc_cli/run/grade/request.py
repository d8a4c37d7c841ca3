"""What a user can choose when a finished colour film is graded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tcvc_cli.color.grade import UNCHANGED, Grade, HueMap
from tcvc_cli.errors import UsageError
from tcvc_cli.run.options.declaration import Declared, check_options
from tcvc_cli.run.options.film import Options
from tcvc_cli.settings.film.hue_names import hue_map_from_text


@dataclass(frozen=True, slots=True)
class GradeRequest:
    """`options` are those that any result has: the film in colour, where the result goes, how its picture is
    coded, and its saturation; the others are not looked at."""

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
    warmth: Annotated[
        float,
        Declared(
            ("--warmth",),
            scope="run",
            metavar="-1..1",
            help="Below 0 bluer, above 0 more orange, greys too.",
            least=-1,
            most=1,
        ),
    ] = 0.0
    vivid: Annotated[
        float,
        Declared(
            ("--vivid",),
            scope="run",
            metavar="0..1",
            help="How far pale colours are brought up; strong ones stay.",
            least=0,
            most=1,
        ),
    ] = 0.0
    hue_maps: Annotated[
        tuple[HueMap, ...],
        Declared(
            ("--hue-map",),
            scope="run",
            metavar='"FROM -> TO"',
            help="A hue that becomes another, by name or in degrees; repeatable.",
            reads=hue_map_from_text,
        ),
    ] = ()

    def __post_init__(self) -> None:
        check_options(self)
        if self.grade == UNCHANGED and not self.vivid:
            raise UsageError(
                "there is nothing to do",
                "Give {saturation}, {warmth}, {vivid} or {hue_maps}; see tcvc {help}.",
            )

    @property
    def grade(self) -> Grade:
        """Of every shot that is not graded otherwise."""
        return Grade(self.options.saturation, self.warmth, self.hue_maps)

    @property
    def inputs(self) -> tuple[Path, ...]:
        """The files that are read."""
        return (self.options.input, *([] if self.original is None else [self.original]))
