"""Lends the page to a browser: says where it is, opens it, and ends with Ctrl-C."""

from __future__ import annotations

import html
import os
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tcvc_cli.cli.console import console_for_people
from tcvc_cli.cli.ndjson import plain, write_line

if TYPE_CHECKING:
    from tcvc_cli.review.serve.request import ServeRequest
    from tcvc_cli.review.serve.server import Page

_JSON: Final = "--json"
_SCREENS: Final = ("DISPLAY", "WAYLAND_DISPLAY")
_REDIRECT: Final = '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url={url}">'


def serve_page(page: Page, request: ServeRequest, *, is_json: bool, is_quiet: bool) -> None:
    """Until Ctrl-C, which is its normal end. Raises UsageError for a port that cannot be had."""
    from tcvc_cli.review.serve.server import serve

    opens = opens_by_itself(is_json=is_json) if request.opens_browser is None else request.opens_browser
    command = page.command
    page = replace(page, command=lambda: (*command(), _JSON))
    with suppress(KeyboardInterrupt), closing(serve(page, port=request.port)) as events:
        for serving in events:
            if is_json:
                write_line({"event": type(serving).__name__, **plain(serving)}, sys.stdout)
            else:
                print(serving.url, flush=True)
            if not is_json and not is_quiet:
                console_for_people().print(
                    "Ctrl-C ends it. Whoever has this address can change the settings."
                )
            with _opened(serving.url, page.folder) if opens else nullcontext():
                next(events, None)  # here it serves


def opens_by_itself(*, is_json: bool) -> bool:
    """Whether somebody sits before a screen of this machine: elsewhere a browser in text would take over the
    terminal, or none be found."""
    if is_json or not sys.stdout.isatty():
        return False
    return sys.platform in ("win32", "darwin") or _has_own_screen(os.environ)


def _has_own_screen(environment: Mapping[str, str]) -> bool:
    is_remote = "SSH_CONNECTION" in environment
    return not is_remote and any(environment.get(name) for name in _SCREENS)


@contextmanager
def _opened(url: str, folder: Path) -> Iterator[None]:
    """Opens the address in the browser, by way of a file that nobody else may read: the words of a command,
    such as that of a browser, are shown to every user of the machine. The file is removed in the end."""
    import webbrowser

    try:
        file = _redirect_to(url, folder)
    except OSError:
        yield  # it can be opened by hand
        return
    try:
        webbrowser.open(file.absolute().as_uri())
        yield
    finally:
        file.unlink(missing_ok=True)


def _redirect_to(url: str, folder: Path) -> Path:
    """A new hidden file beside `folder`. Raises OSError."""
    file = folder.with_name(f".{folder.name[:100]}.{secrets.token_hex(4)}.html")
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(_REDIRECT.format(url=html.escape(url)))
    return file
