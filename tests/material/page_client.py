"""Asks a server as a browser does, or as no browser would; and waits for what comes about in its own time."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.client import HTTPMessage, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

LONGEST_S = 60.0  # after which something is wrong


@dataclass(frozen=True)
class Reply:
    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Client:
    """`url` is the page's, which every request is about that names no target."""

    url: str

    @property
    def port(self) -> int:
        port = urlsplit(self.url).port
        assert port is not None
        return port

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def root(self) -> str:
        """`/TOKEN/`"""
        return urlsplit(self.url).path.removesuffix("index.html")

    def get(self, name: str) -> Reply:
        """`name` stands behind the token as it is."""
        return self.ask("GET", self.root + name)

    def post(self, name: str, record: object) -> Reply:
        """As the page does."""
        return self.send(name, json.dumps(record).encode(), "application/json")

    def send(self, name: str, body: bytes, content_type: str) -> Reply:
        headers = [f"Content-Type: {content_type}", f"Content-Length: {len(body)}", self.origin]
        return self.ask("POST", self.root + name, headers, body)

    @property
    def origin(self) -> str:
        return f"Origin: http://{self.host}"

    def ask(
        self,
        method: str,
        target: str,
        headers: Sequence[str] = (),
        body: bytes = b"",
        *,
        hosts: Sequence[str] | None = None,
    ) -> Reply:
        """Any request; `hosts` stand instead of the right one."""
        said = [f"Host: {one}" for one in ((self.host,) if hosts is None else hosts)]
        lines = [f"{method} {target} HTTP/1.1", *said, *headers, "Connection: close", "", ""]
        return self.raw("\r\n".join(lines).encode("latin-1") + body, method)

    def raw(self, data: bytes, method: str = "GET") -> Reply:
        """What is answered to these bytes; `method` tells whether the answer has a body."""
        with self.connected() as connection:
            connection.sendall(data)
            return reply_on(connection, method)

    def connected(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=LONGEST_S)


def reply_on(connection: socket.socket, method: str = "GET") -> Reply:
    """The next one."""
    with HTTPResponse(connection, method=method) as response:
        response.begin()
        return Reply(response.status, response.headers, response.read())


def until(is_so: Callable[[], bool]) -> None:
    """Returns as soon as it is so; however slow the machine is, that takes no minute."""
    ends = time.monotonic() + LONGEST_S
    while not is_so():
        assert time.monotonic() < ends, "it never came about"
        time.sleep(0.02)
