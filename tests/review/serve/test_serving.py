"""`tcvc review` says where the page is, and opens it."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tcvc_cli.cli.commands.looking.serving import opens_by_itself, serve_page
from tcvc_cli.errors import UsageError
from tcvc_cli.review.serve.request import ServeRequest
from tcvc_cli.review.serve.server import Page
from tests.material.page_client import Client, until

OPEN = ServeRequest(is_served=True, opens_browser=True)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the browser was given; it is closed at once, with Ctrl-C."""
    found: list[str] = []

    def open_in_browser(url: str) -> bool:
        path = Path(unquote(urlsplit(url).path))
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        found.extend((url, path.read_text()))
        raise KeyboardInterrupt

    monkeypatch.setattr("webbrowser.open", open_in_browser)
    return found


def test_the_browser_is_sent_there_by_a_file_that_only_its_user_reads(
    page: Page, opened: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    before = set(page.folder.parent.iterdir())
    serve_page(page, OPEN, is_json=False, is_quiet=False)
    out, err = capsys.readouterr()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{43}/index\.html\n", out)
    assert err.startswith("Ctrl-C ends it.")
    file, text = opened
    assert file.startswith("file:///")
    assert out.strip().split("/")[3] not in file  # the token stands in no command line
    assert f"url={out.strip()}" in text
    assert set(page.folder.parent.iterdir()) == before


def test_with_json_and_when_quiet(page: Page, opened: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    serve_page(page, OPEN, is_json=True, is_quiet=False)
    out, err = capsys.readouterr()
    event = json.loads(out)
    assert event.keys() == {"event", "url"}
    assert (event["event"], err) == ("Serving", "")
    serve_page(page, OPEN, is_json=False, is_quiet=True)
    out, err = capsys.readouterr()
    assert out.startswith("http://127.0.0.1:")
    assert err == ""


def test_the_command_tells_its_events_as_json(
    page: Page, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def use_page(url: str) -> bool:
        client = Client(capsys.readouterr().out.strip())
        client.post("api/colorize", {})
        until(lambda: not client.get("api/colorize").json["running"])
        assert client.get("api/colorize").json["events"][-1]["words"] == ["works", "--json"]
        raise KeyboardInterrupt

    monkeypatch.setattr("webbrowser.open", use_page)
    serve_page(page, OPEN, is_json=False, is_quiet=True)


def test_by_itself_only_before_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSH_CONNECTION", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert not opens_by_itself(is_json=False)
    monkeypatch.setenv("DISPLAY", ":0")
    assert opens_by_itself(is_json=False)
    assert not opens_by_itself(is_json=True)
    monkeypatch.setenv("SSH_CONNECTION", "1.2.3.4 5 6.7.8.9 22")
    assert not opens_by_itself(is_json=False)
    monkeypatch.delenv("SSH_CONNECTION")
    monkeypatch.setattr("sys.stdout.isatty", lambda: False)
    assert not opens_by_itself(is_json=False)


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_is_none(port: int) -> None:
    with pytest.raises(UsageError, match="0 to 65535"):
        ServeRequest(is_served=True, port=port)


@pytest.mark.parametrize("given", [{"port": 8000}, {"opens_browser": True}, {"opens_browser": False}])
def test_how_to_serve_goes_with_serving(given: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="not served"):
        ServeRequest(**given)
