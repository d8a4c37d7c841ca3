"""Download one file of a known size into a part file, going on where an earlier try stopped."""

from __future__ import annotations

import http.client
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final
from urllib.parse import urlsplit

from tcvc_cli.errors import WeightsMissing, WeightsRefused
from tcvc_cli.files import NO_LINK

Progress = Callable[[int, int], None]  # bytes here, bytes in all

TIMEOUT_S: Final = 10.0
RETRIES: Final = 4
CHUNK_BYTES: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class Address:
    """Where a file lies. `headers` go to that host alone, never along a redirect."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


def fetch(address: Address, part: Path, *, size_bytes: int, on_progress: Progress | None = None) -> None:
    """Fills `part` up to exactly `size_bytes`; what it holds already is kept and asked for no more.

    A connection that breaks in mid-body is taken up again with a Range request, up to four times.
    Raises WeightsMissing when the host cannot be reached or says no (`part` keeps what came), and
    WeightsRefused when the host's file has another size (`part` is removed). The caller checks the hash.
    """
    for attempt in range(RETRIES + 1):
        time.sleep(0.2 * attempt)
        _go_on(address, part, size_bytes, on_progress)
        if part.stat().st_size == size_bytes:
            return
    raise WeightsMissing(
        f"{_host(address)} broke off {RETRIES + 1} times", "Run the same command again to go on."
    )


def _go_on(address: Address, part: Path, size_bytes: int, on_progress: Progress | None) -> None:
    have = part.stat().st_size if part.exists() else 0
    if have > size_bytes:
        part.unlink()
        have = 0
    if have == size_bytes:
        return
    with _open(address, have, part) as response:
        start = _start_of_body(response, have, size_bytes, part, address)
        with open(os.open(part, os.O_RDWR | os.O_CREAT | NO_LINK, 0o666), "r+b") as out:
            out.truncate(start)
            out.seek(start)
            _copy(response, out.write, start, size_bytes, on_progress)
    if part.stat().st_size > size_bytes:
        part.unlink()
        raise WeightsRefused(
            f"{_host(address)} sends more than the {size_bytes} bytes that the manifest states"
        )


def _open(address: Address, have: int, part: Path) -> http.client.HTTPResponse:
    request = urllib.request.Request(address.url, headers={"Accept-Encoding": "identity"})
    if have:
        request.add_header("Range", f"bytes={have}-")
    for key, value in address.headers.items():
        request.add_unredirected_header(key, value)
    opener = urllib.request.build_opener(_NoDowngrade)
    try:
        response: http.client.HTTPResponse = opener.open(request, timeout=TIMEOUT_S)
    except urllib.error.HTTPError as error:
        with error:
            if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                part.unlink(missing_ok=True)  # the host's file ends before what is here
                raise WeightsRefused(
                    f"{_host(address)} has a smaller file than the manifest states"
                ) from None
            raise WeightsMissing(f"{_host(address)} answers {error.code} {error.reason}") from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise WeightsMissing(
            f"{_host(address)} cannot be reached ({reason})", "Connect, then try again."
        ) from None
    return response


def _start_of_body(
    response: http.client.HTTPResponse, have: int, size_bytes: int, part: Path, address: Address
) -> int:
    """Where in the file the body begins: `have` if the host went on, 0 if it began anew."""
    start = have if response.status == http.HTTPStatus.PARTIAL_CONTENT else 0
    sent = response.headers.get("Content-Range", "")
    if start and not sent.startswith(f"bytes {start}-"):
        raise WeightsRefused(f"{_host(address)} answers another range than was asked for ({sent!r})")
    if response.length is not None and start + response.length != size_bytes:
        part.unlink(missing_ok=True)
        raise WeightsRefused(
            f"{_host(address)} has {start + response.length} bytes, the manifest states {size_bytes}"
        )
    return start


def _copy(
    response: http.client.HTTPResponse,
    write: Callable[[bytes], int],
    start: int,
    size_bytes: int,
    on_progress: Progress | None,
) -> None:
    """Copies until the body ends, breaks, or is one byte too long."""
    here = start
    while here <= size_bytes:
        try:
            chunk = response.read(min(CHUNK_BYTES, size_bytes + 1 - here))
        except (OSError, http.client.HTTPException):
            return
        if not chunk:
            return
        write(chunk)
        here += len(chunk)
        if on_progress:
            on_progress(min(here, size_bytes), size_bytes)


class _NoDowngrade(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but never from https to plain http."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if req.type == "https" and urlsplit(newurl).scheme != "https":
            raise WeightsRefused(f"{req.host} redirects from https to {newurl}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _host(address: Address) -> str:
    return urlsplit(address.url).netloc
