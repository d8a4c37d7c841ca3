"""What a user can choose when a report is made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tcvc_cli.errors import OutputExists
from tcvc_cli.files import is_there, refuse_special
from tcvc_cli.names import Claims, refuse_long, sidecar_path
from tcvc_cli.run.options.declaration import Declared, Switch, check_options
from tcvc_cli.run.options.film import OnExisting


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """`result` is looked for beside `film` unless it is given."""

    film: Path
    result: Path | None = None
    is_in_order: Annotated[
        bool,
        Declared(("--in-order",), scope="run", help="Shots in the order of time, not the worst first."),
    ] = False
    page: Annotated[
        Path | None,
        Declared(
            ("--html",),
            scope="run",
            metavar="FILE",
            help="Write the report as a page, with plots over time.",
        ),
    ] = None
    on_existing: Annotated[
        OnExisting,
        Declared(
            scope="run",
            switches=(
                Switch("overwrite", "-y", "overwrite", "Overwrite a page that is there."),
                Switch("skip", "-n", "skip", "Leave a page that is there, and the report too."),
            ),
        ),
    ] = "refuse"

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def is_skipped(self) -> bool:
        return self.page is not None and self.on_existing == "skip" and is_there(self.page)

    def refuse_page(self, *inputs: Path) -> None:
        """Before the work: nothing that is there is lost, and none of the `inputs`. Raises OutputError."""
        if self.page is None:
            return
        refuse_long(self.page)
        Claims((*inputs, *map(sidecar_path, inputs))).refuse_input(self.page)
        refuse_special(self.page)
        if is_there(self.page) and self.on_existing != "overwrite":
            advice = "Use {overwrite} to overwrite it, or give another name with {page}."
            raise OutputExists(f"{self.page} is there already", advice)
