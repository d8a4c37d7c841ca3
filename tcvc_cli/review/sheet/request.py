"""What a user can choose about a contact sheet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tcvc_cli.names import refuse_no_sheet
from tcvc_cli.run.options.film import Options


@dataclass(frozen=True, slots=True)
class SheetRequest:
    """`options` are those of the film: its output is the sheet, and its shot list counts; the others are not
    looked at. `result` is looked for beside the film unless it is given."""

    options: Options
    result: Path | None = None

    def __post_init__(self) -> None:
        refuse_no_sheet(self.options.output)
