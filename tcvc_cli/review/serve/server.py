"""The server of one page, from its first address to its last answer."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from tcvc_cli.errors import UsageError
from tcvc_cli.records import Shot
from tcvc_cli.review.serve.api import Api
from tcvc_cli.review.serve.coloring import Coloring
from tcvc_cli.review.serve.http.admission import ADDRESS, Admission, new_token
from tcvc_cli.review.serve.http.handler import Handler, Site
from tcvc_cli.review.serve.http.limits import LIMITS, Limits
from tcvc_cli.review.serve.references import References
from tcvc_cli.review.serve.settings_file import SettingsFile

INDEX: Final = "index.html"
_POLL_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Page:
    """What is served: the `folder` of a page that is there, of the film `film`.

    `shots` count from its first frame; with `is_part` it has others too. `command` is asked before each run
    for the words that colour it again and print their events as JSON on stdout, to be run in
    `command_folder`; the first stands for this program. `rebuild` makes what is in `folder` anew, or puts
    another folder in its place. Both are called in other threads than this one.
    """

    folder: Path
    film: Path
    shots: Sequence[Shot]
    frame_rate: Fraction
    settings_file: Path
    command: Callable[[], Sequence[str]]
    command_folder: Path
    rebuild: Callable[[], None]
    is_part: bool = False


@dataclass(frozen=True, slots=True)
class Serving:
    """`url` is where the page is; whoever has it can do all that the page can."""

    url: str


def serve(page: Page, *, port: int = 0) -> Generator[Serving, None, None]:
    """Says where the page is and then serves it until Ctrl-C, which is its end and no error. Port 0 is any
    that is free. Raises UsageError for one that cannot be had."""
    with ReviewServer(page, port=port) as server, suppress(KeyboardInterrupt):
        yield Serving(server.url)
        server.wait()


class ReviewServer:
    """Serves from the start of its block to the end, where all that it has begun is waited for; a run of
    the command is stopped. Raises UsageError for a port that cannot be had."""

    def __init__(self, page: Page, *, port: int = 0, limits: Limits = LIMITS) -> None:
        self._coloring = Coloring(page.command, page.command_folder, page.rebuild)
        settings = SettingsFile(page.settings_file, page.shots, page.frame_rate, is_part=page.is_part)
        api = Api(settings, References(page.film, page.settings_file), self._coloring)
        try:
            self._http = PageServer(port)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            raise UsageError(f"port {port} cannot be had: {reason}", option="port") from error
        self._admission = Admission(new_token(), self._http.server_address[1])
        self._http.site = Site(page.folder, self._admission, api, limits)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(_POLL_S,))

    @property
    def url(self) -> str:
        return self._admission.folder_url + INDEX

    @property
    def connections(self) -> int:
        """That are open now."""
        return self._http.connections

    def __enter__(self) -> ReviewServer:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._coloring.stop()  # it ends while the rest does
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()
        self._http.hang_up()
        self._coloring.close()

    def wait(self) -> None:
        """Until an exception such as KeyboardInterrupt; on Windows one is heard only between two waits."""
        while self._thread.is_alive():
            self._thread.join(1)


class PageServer(ThreadingHTTPServer):
    """Listens on this machine's own address alone. `site` is set before the first request. Raises OSError."""

    site: Site
    daemon_threads = True  # it sees to its threads itself
    allow_reuse_address = os.name != "nt"  # where it would let others listen too

    def __init__(self, port: int) -> None:
        self._lock = threading.Lock()
        self._threads_by_connection: dict[socket.socket, threading.Thread] = {}
        super().__init__((ADDRESS, port), Handler)

    def server_bind(self) -> None:
        """Without asking the network for this machine's name."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(self.allow_reuse_address))
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = ADDRESS, self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """In a thread of its own, if there are not too many."""
        arguments = (request, client_address)
        thread = threading.Thread(target=self.process_request_thread, args=arguments, daemon=True)
        with self._lock:
            is_full = len(self._threads_by_connection) >= self.site.limits.most_connections
            if not is_full:
                thread.start()
                self._threads_by_connection[request] = thread
        if is_full:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                del self._threads_by_connection[request]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing on stderr: the handler says what there is to say."""

    @property
    def connections(self) -> int:
        with self._lock:
            return len(self._threads_by_connection)

    def hang_up(self) -> None:
        """Nothing more is heard; what is being done is done, and answered if that does not take long."""
        ends = time.monotonic() + self.site.limits.end_s
        for how in (socket.SHUT_RD, socket.SHUT_RDWR):
            with self._lock:
                threads = dict(self._threads_by_connection)
            for connection in threads:
                with suppress(OSError):
                    connection.shutdown(how)
            for thread in threads.values():
                thread.join(max(0.0, ends - time.monotonic()) if how == socket.SHUT_RD else None)
