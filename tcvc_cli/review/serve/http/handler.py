"""One connection: each request is looked at from the outside in, and refused at the first thing that is
wrong."""

from __future__ import annotations

import io
import logging
import socket
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final, cast

from tcvc_cli.limits import unforeseen
from tcvc_cli.review.serve.api import GETS, POSTS, Api, Body
from tcvc_cli.review.serve.http.admission import Admission
from tcvc_cli.review.serve.http.answers import Answer, Refused
from tcvc_cli.review.serve.http.connection import TimedReader, send, swallow
from tcvc_cli.review.serve.http.files_inside import content_of, name_inside, type_of
from tcvc_cli.review.serve.http.limits import Limits

if TYPE_CHECKING:
    from tcvc_cli.review.serve.server import PageServer

_LOG: Final = logging.getLogger("tcvc.serve")
_VERSIONS: Final = ("HTTP/1.0", "HTTP/1.1")
_MOST_DIGITS: Final = 15


@dataclass(frozen=True, slots=True)
class Site:
    """What one server shows: the page's folder and what can be asked for beside it."""

    folder: Path
    admission: Admission
    api: Api
    limits: Limits


class _Gone(Exception):
    """Whoever asked is."""


class Handler(BaseHTTPRequestHandler):
    """Keeps the connection where all went well."""

    protocol_version = "HTTP/1.1"
    server: PageServer

    def setup(self) -> None:
        self._site = self.server.site
        self.connection = cast(socket.socket, self.request)
        self._reader = TimedReader(self.connection)
        self.rfile = io.BufferedReader(self._reader)
        self.wfile = io.BytesIO()  # not written to
        self._has_body = False  # which was not read

    def finish(self) -> None:
        if self._has_body:
            swallow(self.connection, self._site.limits.linger_s)

    def handle_one_request(self) -> None:
        self._reader.allow(self._site.limits.head_s)
        self._has_body = False
        try:
            super().handle_one_request()
        except (OSError, _Gone) as error:
            _LOG.debug("%s", error)
            self.close_connection = True

    def do_GET(self) -> None:
        self._respond()

    def do_HEAD(self) -> None:
        self._respond()

    def do_POST(self) -> None:
        self._respond()

    def handle_expect_100(self) -> bool:
        """Not before it is known that the body is wanted."""
        return True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Of a request that is none."""
        status = HTTPStatus(code)
        if status is HTTPStatus.NOT_IMPLEMENTED:  # any method but the three above
            status = HTTPStatus.METHOD_NOT_ALLOWED
        self.close_connection = True
        self._send(Refused(status).answer)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: what there is to say is said with the answer."""

    def _respond(self) -> None:
        try:
            answer = self._answer()
        except Refused as refused:
            self.close_connection = True
            answer = refused.answer
        except _Gone:
            raise
        except Exception as error:
            _LOG.debug("details", exc_info=error)
            self.close_connection = True
            said = unforeseen(error)
            answer = Refused(HTTPStatus.INTERNAL_SERVER_ERROR, str(said)).answer
        self._send(answer)

    def _answer(self) -> Answer:
        """Raises Refused."""
        if self.request_version not in _VERSIONS:
            raise Refused(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED)
        self._note_body()
        admission, hosts = self._site.admission, self.headers.get_all("Host", [])
        if not admission.admits_host(hosts):
            raise Refused(HTTPStatus.FORBIDDEN)
        target, _, query = self.path.partition("?")
        inside = admission.inside(target)
        if inside is None:
            raise Refused(HTTPStatus.NOT_FOUND)
        name = name_inside(inside)
        if name is None:
            raise Refused(HTTPStatus.NOT_FOUND)
        _LOG.debug("%s %s", self.command, name)
        if self.command == "POST":
            return self._post(str(name), query, hosts)
        return self._get(name, query)

    def _get(self, name: PurePosixPath, query: str) -> Answer:
        if str(name) in GETS:
            return self._site.api.get(str(name), query)
        if str(name) in POSTS:
            raise Refused(HTTPStatus.METHOD_NOT_ALLOWED)
        content = content_of(self._site.folder, name)
        if content is None:
            raise Refused(HTTPStatus.NOT_FOUND)
        return Answer(HTTPStatus.OK, content, type_of(name))

    def _post(self, name: str, query: str, hosts: list[str]) -> Answer:
        if not self._site.admission.admits_origin(self.headers.get_all("Origin", []), hosts):
            raise Refused(HTTPStatus.FORBIDDEN)
        wanted = POSTS.get(name)
        if wanted is None:
            raise Refused(HTTPStatus.NOT_FOUND)
        return self._site.api.post(name, query, self._body(wanted))

    def _note_body(self) -> None:
        """A connection on which a body was not read is at no place where a request could begin."""
        names = ("Content-Length", "Transfer-Encoding")
        self._has_body = any(self.headers.get_all(name) for name in names)
        if self._has_body and self.command != "POST":
            self.close_connection = True

    def _body(self, wanted: Body) -> bytes:
        """Raises Refused."""
        if [one.strip().lower() for one in self.headers.get_all("Content-Type", [])] != [wanted.content_type]:
            raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"{wanted.content_type} was expected")
        length = self._length(wanted.most_bytes)
        self._reader.allow(self._site.limits.body_s)
        try:
            if self.headers.get("Expect"):
                send(self.connection, b"HTTP/1.1 100 Continue\r\n\r\n", self._site.limits.send_s)
            body = self.rfile.read(length)
        except OSError as error:
            raise _Gone(str(error)) from error
        if len(body) < length:
            raise Refused(HTTPStatus.BAD_REQUEST, "there is less than was announced")
        self._has_body = False
        return body

    def _length(self, most_bytes: int) -> int:
        lengths = self.headers.get_all("Content-Length", [])
        if not lengths or self.headers.get_all("Transfer-Encoding"):
            raise Refused(HTTPStatus.LENGTH_REQUIRED)
        text = lengths[0]
        if len(lengths) > 1 or not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
            raise Refused(HTTPStatus.BAD_REQUEST, "the length is no number")
        if int(text) > most_bytes:
            message = f"larger than {most_bytes >> 20} MiB" if most_bytes >> 20 else "too large"
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, message)
        return int(text)

    def _send(self, answer: Answer) -> None:
        """What it is and no word of what sends it."""
        status = answer.status
        lines = [f"HTTP/1.1 {status.value} {status.phrase}", f"Date: {self.date_time_string()}"]
        lines += [f"{name}: {value}" for name, value in answer.headers()]
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            lines.append("Allow: GET, HEAD, POST")
        if self.close_connection:
            lines.append("Connection: close")
        head = "\r\n".join((*lines, "", "")).encode("ascii")
        body = b"" if self.command == "HEAD" else answer.body
        send(self.connection, head + body, self._site.limits.send_s)
