"""What a user can choose when the page of a film is made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tcvc_cli.names import review_path
from tcvc_cli.run.options.declaration import Declared, check_options
from tcvc_cli.run.options.film import Options


@dataclass(frozen=True, slots=True)
class ReviewRequest:
    """`options` are those of the film: of them the input, the output, which is the folder, the settings file,
    the shot list and the device count. Without `result`, the one beside the film, if there is one."""

    options: Options
    result: Path | None = None
    is_without_palettes: Annotated[
        bool,
        Declared(
            ("--no-palettes",),
            scope="run",
            help="Leave out how each shot would look in the model's other colourings, which takes the time.",
        ),
    ] = False

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def folder(self) -> Path:
        """`film.review` beside the film unless another is named."""
        return self.options.output or review_path(self.options.input)
