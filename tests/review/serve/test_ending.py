"""How a server begins, what it endures, and how it ends."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tcvc_cli.errors import UsageError
from tcvc_cli.review.serve.http.limits import LIMITS
from tcvc_cli.review.serve.server import Page, ReviewServer, Serving, serve
from tests.material.fake_tcvc import COMMAND
from tests.material.page_client import LONGEST_S, Client, reply_on, until

JSON = "Content-Type: application/json"


def has_ended(connection: socket.socket) -> bool:
    """The other end has closed it; nothing was said before."""
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


def test_only_this_machine_can_connect(client: Client) -> None:
    assert client.url.startswith("http://127.0.0.1:")
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.2", client.port), timeout=5)


def test_every_server_has_its_own_token(page: Page) -> None:
    with ReviewServer(page) as one, ReviewServer(page) as other:
        tokens = [urlsplit(server.url).path.split("/")[1] for server in (one, other)]
        assert len(set(tokens)) == 2
        assert all(len(token) == 43 for token in tokens)


def test_a_port_that_is_given(page: Page) -> None:
    with ReviewServer(page) as server:
        port = Client(server.url).port
        with pytest.raises(UsageError, match=f"port {port} cannot be had") as caught:
            ReviewServer(page, port=port)
        assert caught.value.option == "port"
    with ReviewServer(page, port=port) as again:
        assert Client(again.url).port == port
        assert Client(again.url).get("index.html").status == 200


def dripped(data: bytes) -> Iterator[bytes]:
    yield data
    while True:
        time.sleep(0.02)
        yield b"a"


@pytest.mark.parametrize("begin", [b"", b"G", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nA: "])
def test_a_head_that_drips_in(page: Page, begin: bytes) -> None:
    limits = replace(LIMITS, head_s=0.5)
    with ReviewServer(page, limits=limits) as server, Client(server.url).connected() as connection:
        ends = time.monotonic() + LONGEST_S
        try:
            for data in dripped(begin):
                connection.sendall(data)
                assert time.monotonic() < ends
        except ConnectionError:
            pass
        assert has_ended(connection)


def test_nothing_at_all(page: Page) -> None:
    limits = replace(LIMITS, head_s=0.2)
    with ReviewServer(page, limits=limits) as server, Client(server.url).connected() as connection:
        assert has_ended(connection)


def test_a_body_that_never_comes(page: Page) -> None:
    limits = replace(LIMITS, body_s=0.2, linger_s=0.2)
    with ReviewServer(page, limits=limits) as server, Client(server.url).connected() as connection:
        client = Client(server.url)
        lines = [f"POST {client.root}api/stop HTTP/1.1", f"Host: {client.host}", client.origin, JSON]
        connection.sendall("\r\n".join([*lines, "Content-Length: 9", "", "{"]).encode())
        assert has_ended(connection)


def test_a_reader_that_never_reads(page: Page) -> None:
    (page.folder / "large.bin").write_bytes(bytes(64 << 20))
    limits = replace(LIMITS, send_s=0.2)
    with ReviewServer(page, limits=limits) as server:
        client = Client(server.url)
        with client.connected() as connection:
            head = f"GET {client.root}large.bin HTTP/1.1\r\nHost: {client.host}\r\n\r\n"
            connection.sendall(head.encode())
            assert connection.recv(1) == b"H"
            until(lambda: server.connections == 0)
        assert client.get("index.html").status == 200


def test_no_more_connections_than_there_may_be(page: Page) -> None:
    limits = replace(LIMITS, most_connections=2, head_s=600)
    with ReviewServer(page, limits=limits) as server:
        client = Client(server.url)
        with client.connected(), client.connected(), client.connected() as third:
            assert has_ended(third)
        until(lambda: server.connections == 0)
        assert client.get("index.html").status == 200


def test_the_end_does_not_wait_for_whoever_says_nothing(page: Page) -> None:
    with ReviewServer(page, limits=replace(LIMITS, head_s=600)) as server:
        client = Client(server.url)
        connection = client.connected()
        until(lambda: server.connections == 1)
    with connection:
        assert has_ended(connection)
    with pytest.raises(OSError, match="refused"):
        client.connected()


def test_what_was_begun_is_done_and_answered(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings are being saved as the server ends."""
    begun, may_end = threading.Event(), threading.Event()

    def synchronize(draft: Path) -> None:
        begun.set()
        assert may_end.wait(LONGEST_S)

    monkeypatch.setattr("tcvc_cli.review.serve.settings_file.synchronize", synchronize)
    server = ReviewServer(page, limits=replace(LIMITS, end_s=600)).__enter__()
    client, body = Client(server.url), b'{"text": "[film]\\n", "before": null}'
    head = [f"POST {client.root}api/settings HTTP/1.1", f"Host: {client.host}", client.origin, JSON]
    with client.connected() as connection:
        connection.sendall("\r\n".join([*head, f"Content-Length: {len(body)}", "", ""]).encode() + body)
        assert begun.wait(LONGEST_S)
        closing = threading.Thread(target=server.__exit__, args=(None, None, None))
        closing.start()
        may_end.set()
        assert reply_on(connection).json == {"sha256": hashlib.sha256(b"[film]\n").hexdigest()}
    closing.join()
    assert page.settings_file.read_text() == "[film]\n"


def test_it_serves_until_it_is_closed(page: Page) -> None:
    events = serve(page)
    serving = next(events)
    assert isinstance(serving, Serving)
    assert Client(serving.url).get("index.html").status == 200
    events.close()
    with pytest.raises(OSError, match="refused"):
        Client(serving.url).connected()


SCRIPT = """
import sys
from fractions import Fraction
from pathlib import Path
from tcvc_cli.cli.commands.looking.serving import serve_page
from tcvc_cli.cli.main import prepare_process
from tcvc_cli.records import Shot
from tcvc_cli.review.serve import coloring
from tcvc_cli.review.serve.request import ServeRequest
from tcvc_cli.review.serve.server import Page

prepare_process()
here = Path(sys.argv[1])
coloring.PROGRAM = (sys.executable, "-c", sys.argv[2])
command = lambda: ("tcvc", "waits")
shots = (Shot(0, 10),)
film, file = here / "film.mkv", here / "film.tcvc.toml"
page = Page(here / "film.review", film, shots, Fraction(10), file, command, here, lambda: None)
serve_page(page, ServeRequest(is_served=True), is_json=True, is_quiet=False)
"""


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_is_its_end(page: Page, root: Path, stop: signal.Signals) -> None:
    """As in a terminal, where all of a group hear it."""
    words = [sys.executable, "-c", SCRIPT, str(page.folder.parent), COMMAND]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        words, text=True, env=environment, stdout=pipe, stderr=pipe, start_new_session=True
    ) as running:
        assert running.stdout is not None
        event = json.loads(running.stdout.readline())
        assert event["event"] == "Serving"
        client = Client(event["url"])
        assert client.post("api/colorize", {}).status == 202
        until(lambda: bool(client.get("api/colorize").json["events"]))
        process = client.get("api/colorize").json["events"][0]["process"]
        os.killpg(running.pid, stop)
        out, said = running.communicate(timeout=LONGEST_S)
    assert (running.returncode, out, said) == (0, "", "")
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    assert (page.folder.parent / "tidied").exists()
