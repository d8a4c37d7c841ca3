"""What a user can choose of how the page is lent to a browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from tcvc_cli.errors import UsageError
from tcvc_cli.run.options.declaration import Declared, check_options


@dataclass(frozen=True, slots=True)
class ServeRequest:
    """`port` 0 is any that is free; `opens_browser` None where the terminal decides."""

    is_served: Annotated[
        bool,
        Declared(
            ("--serve",),
            scope="run",
            help="Serve the page to a browser of this machine, where it saves and colours, until Ctrl-C.",
        ),
    ] = False
    port: Annotated[
        int,
        Declared(
            ("--port",),
            scope="run",
            metavar="NUMBER",
            help="The port to serve at; 0 is any that is free.",
            least=0,
            most=65535,
        ),
    ] = 0
    opens_browser: Annotated[
        bool | None,
        Declared(
            ("--open/--no-open",),
            scope="run",
            help="Open the page in a browser; as it is, where somebody sits at a terminal with a screen.",
        ),
    ] = None

    def __post_init__(self) -> None:
        check_options(self)
        if not self.is_served and (self.port or self.opens_browser is not None):
            name = "port" if self.port else "opens_browser"
            raise UsageError("a page that is not served has no address", "Add {is_served}.", option=name)
