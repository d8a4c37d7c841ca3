"""What a user can choose when colours of another tool are steadied."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tcvc_cli.run.options.declaration import Declared, check_options
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.options.values import result_place


@dataclass(frozen=True, slots=True)
class Stabilization:
    """`options` are those of the film that gives luma, sound and all else; `colors` is what another tool
    made, a film or a folder of pictures."""

    options: Options
    colors: Path
    film: Annotated[
        Path | None,
        Declared(
            ("--film",),
            scope="run",
            metavar="FILE",
            help="The film that luma and sound are kept of; the coloured one itself unless given.",
        ),
    ] = None
    output: Annotated[
        Path | None,
        Declared(
            ("-o", "--output"),
            scope="run",
            metavar="FILE",
            help="Result, or FOLDER/; COLOURED.steady.mkv beside the coloured film unless given.",
            reads=result_place,
        ),
    ] = None
    reach_frames: Annotated[
        int,
        Declared(
            ("--reach",),
            scope="shot",
            metavar="FRAMES",
            help="Over how many frames what was seen fades; more is steadier, 2 to 1000.",
            least=2,
            most=1000,
            unit="frames",
        ),
    ] = 50

    def __post_init__(self) -> None:
        check_options(self)
