"""What is sent back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from tcvc_cli.plain import to_plain
from tcvc_cli.review.serve.http.files_inside import HTML, JSON, TEXT

_PAGE: Final = "frame-ancestors 'none'; base-uri 'none'; form-action 'none'; object-src 'none'"
_NO_PAGE: Final = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"
HEADERS: Final = (
    ("Cache-Control", "no-store"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),  # the address is the key
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    status: HTTPStatus
    body: bytes
    content_type: str = TEXT

    def headers(self) -> Iterator[tuple[str, str]]:
        """All but the date. What the page itself may load it says in its head."""
        yield "Content-Type", self.content_type
        yield "Content-Length", str(len(self.body))
        yield "Content-Security-Policy", _PAGE if self.content_type == HTML else _NO_PAGE
        yield from HEADERS


@dataclass(frozen=True, slots=True)
class Refusal:
    message: str


class Refused(Exception):
    """A request that is not done, and how that is answered."""

    def __init__(self, status: HTTPStatus, message: str = "") -> None:
        super().__init__(message or status.phrase)
        self.status = status

    @property
    def answer(self) -> Answer:
        return as_json(Refusal(str(self)), self.status)


def as_json(record: Any, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    """In ASCII, by the names of the record's fields."""
    return Answer(status, json.dumps(to_plain(record), allow_nan=False).encode("ascii"), JSON)
