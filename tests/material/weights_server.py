"""A Hugging Face hub and its CDN on this machine: metadata, redirects, ranges, and faults on request.

The hub is 127.0.0.1, the CDN is localhost: two hosts to a client, so that it can be seen what follows
a redirect and what does not. The same files lie plainly under /files/NAME for the https source.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REPO = "someone/steady-colours"
REVISION = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Asked:
    """One request and what was sent for it."""

    method: str
    path: str
    range: str | None
    authorization: str | None
    status: int = 0
    body_bytes: int = 0


@dataclass
class Server:
    """`files` by name. The faults hold for every body until they are taken back."""

    files: dict[str, bytes]
    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    break_after: list[int] = field(default_factory=list)  # one body each: bytes sent, then the line is cut
    ignores_ranges: bool = False
    is_chunked: bool = False  # a body without Content-Length
    said_size: int | None = None  # what the hub's metadata claim
    said_etag: str | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def url(self, name: str) -> str:
        return f"{self.endpoint}/files/{name}"

    @property
    def bodies(self) -> list[Asked]:
        """The requests that were answered with bytes of a file."""
        return [asked for asked in self.asked if asked.body_bytes]

    @property
    def bytes_served(self) -> int:
        return sum(asked.body_bytes for asked in self.asked)


@contextmanager
def serving(files: dict[str, bytes]) -> Iterator[Server]:
    server = Server(files)

    class Handler(_Handler):
        state = server

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        server.port = http.server_address[1]
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: Server

    def log_message(self, *args: object) -> None:
        """Nothing on stderr."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        asked = Asked(self.command, self.path, self.headers["Range"], self.headers["Authorization"])
        self.state.asked.append(asked)
        place, _, name = self.path.rpartition("/")
        data = self.state.files.get(name)
        if data is not None and place == f"/{REPO}/resolve/{REVISION}":
            self._send_metadata(asked, name, data)
        elif data is not None and place in ("/cdn", "/files"):
            self._send_file(asked, data)
        elif data is not None and place == "/moved":
            self._say(asked, HTTPStatus.FOUND, {"Location": f"http://localhost:{self.state.port}/cdn/{name}"})
        else:
            self._say(asked, HTTPStatus.NOT_FOUND, {"X-Error-Code": "EntryNotFound"})

    def _say(self, asked: Asked, status: HTTPStatus, headers: dict[str, str]) -> None:
        asked.status = status
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        if not self._has_length(headers):
            self.send_header("Content-Length", "0")
        self.end_headers()

    @staticmethod
    def _has_length(headers: dict[str, str]) -> bool:
        return "Content-Length" in headers or "Transfer-Encoding" in headers

    def _send_metadata(self, asked: Asked, name: str, data: bytes) -> None:
        etag = self.state.said_etag or hashlib.sha256(data).hexdigest()
        size = len(data) if self.state.said_size is None else self.state.said_size
        headers = {
            "Location": f"http://localhost:{self.state.port}/cdn/{name}",
            "X-Repo-Commit": REVISION,
            "X-Linked-Size": str(size),
            "X-Linked-ETag": f'"{etag}"',
            "ETag": '"a-hash-of-the-pointer"',
        }
        self._say(asked, HTTPStatus.FOUND, headers)

    def _send_file(self, asked: Asked, data: bytes) -> None:
        start = self._start_of_range()
        if start >= len(data):
            self._say(asked, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, {})
            return
        headers = {"Content-Length": str(len(data) - start)}
        if self.state.is_chunked:
            headers = {"Transfer-Encoding": "chunked"}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        self._say(asked, HTTPStatus.PARTIAL_CONTENT if start else HTTPStatus.OK, headers)
        if self.command == "GET":
            self._send_body(asked, data[start:])

    def _start_of_range(self) -> int:
        said = self.headers["Range"]
        if said is None or self.state.ignores_ranges:
            return 0
        return int(said.removeprefix("bytes=").rstrip("-"))

    def _send_body(self, asked: Asked, body: bytes) -> None:
        cut = self.state.break_after.pop(0) if self.state.break_after else len(body)
        sent = body[:cut]
        asked.body_bytes = len(sent)
        if self.state.is_chunked:
            sent = f"{len(sent):x}\r\n".encode() + sent + b"\r\n0\r\n\r\n"
        self.close_connection = cut < len(body)
        try:
            self.wfile.write(sent)
        except ConnectionError:  # the client has seen enough
            self.close_connection = True
