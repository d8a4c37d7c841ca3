"""What a user can choose when a film's shots are listed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tcvc_cli.errors import OutputExists
from tcvc_cli.files import always, draft_of, is_there, never, refuse_special, writing
from tcvc_cli.names import Claims, refuse_long
from tcvc_cli.run.options.declaration import Declared, Switch, check_options
from tcvc_cli.run.options.film import OnExisting
from tcvc_cli.run.shot_list.formats import FormatName, format_called, format_for
from tcvc_cli.run.shot_list.listing import ShotListFormat


@dataclass(frozen=True, slots=True)
class ShotsRequest:
    """A list of `film`'s shots in `list_format`, or as the name of `output` says; in a file, or on stdout."""

    film: Path
    output: Annotated[
        Path | None,
        Declared(
            ("-o", "--output"),
            scope="run",
            metavar="FILE",
            help="Write the list here; .csv, .edl and .otio say its format.",
        ),
    ] = None
    list_format: Annotated[
        FormatName | None,
        Declared(
            ("--as",), scope="run", help="Format of the list: a table to edit, an EDL, OTIO, PySceneDetect's."
        ),
    ] = None
    on_existing: Annotated[
        OnExisting,
        Declared(scope="run", switches=(Switch("overwrite", "-y", "overwrite", "Overwrite a list."),)),
    ] = "refuse"

    def __post_init__(self) -> None:
        check_options(self)

    def format(self) -> ShotListFormat | None:
        """None where nothing is said and no file is named. Raises UsageError."""
        if self.list_format is not None:
            return format_called(self.list_format)
        return None if self.output is None else format_for(self.output)

    def refuse_output(self) -> None:
        """Before the work. Raises OutputError."""
        if self.output is None:
            return
        refuse_long(self.output)
        Claims((self.film,)).refuse_input(self.output)
        refuse_special(self.output)
        if is_there(self.output) and self.on_existing != "overwrite":
            message = f"{self.output} is there already"
            raise OutputExists(message, "Use {overwrite} to overwrite it, or give another name.")

    def write(self, content: str) -> None:
        """Into the file, which has its name when it is complete. Raises OutputError or DiskFull."""
        assert self.output is not None
        may_replace = always if self.on_existing == "overwrite" else never
        with writing(self.output), draft_of(self.output, may_replace=may_replace) as draft:
            draft.write_text(content, encoding="utf-8", newline="")
