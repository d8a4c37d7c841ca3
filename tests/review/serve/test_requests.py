"""Methods, headers, bodies."""

from __future__ import annotations

import json
import logging
import socket

import pytest

from tcvc_cli.review.serve.server import Page
from tests.material.page_client import Client, reply_on

JSON = "Content-Type: application/json"


@pytest.mark.parametrize(
    "name", ["index.html", "data/served.js", "api/settings", "thumbs/0001.before.jpg", "no"]
)
def test_every_answer_is_guarded(client: Client, name: str) -> None:
    headers = client.get(name).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Server"] is None
    assert headers["Access-Control-Allow-Origin"] is None
    for word in ("python", "http.server", "basehttp"):
        assert word not in str(headers).lower()


def test_refusals_are_guarded_too(client: Client) -> None:
    for data in (b"GET / HTTP/1.1\r\n\r\n", b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"):
        headers = client.raw(data).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Server"] is None


def test_only_the_page_may_run_scripts(client: Client) -> None:
    assert "default-src" not in client.get("index.html").headers["Content-Security-Policy"]  # it has its own
    assert "default-src 'none'" in client.get("thumbs/0001.before.jpg").headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get", "PROPFIND"]
)
def test_other_methods(client: Client, method: str) -> None:
    reply = client.ask(method, client.root + "api/settings", [client.origin])
    assert reply.status == 405
    assert reply.headers["Allow"] == "GET, HEAD, POST"
    assert reply.headers["Access-Control-Allow-Origin"] is None


def test_what_can_only_be_posted_and_what_can_only_be_read(client: Client) -> None:
    assert client.get("api/stop").status == 405
    assert client.get("api/reference").status == 405
    for name in ("index.html", "data/served.js", "api/nothing", "api/", "api/settings/"):
        assert client.post(name, {}).status == 404


def test_a_head_is_a_get_without_its_body(client: Client) -> None:
    for name in ("index.html", "data/served.js", "api/settings", "nothing"):
        get, head = client.get(name), client.ask("HEAD", client.root + name)
        assert head.status == get.status
        assert head.headers["Content-Length"] == get.headers["Content-Length"] == str(len(get.body))
        assert head.body == b""


def test_served_is_told_to_the_page(client: Client, page: Page) -> None:
    assert client.get("data/served.js").body == b'tcvcReview.served = {"api": "api/"};\n'
    assert (page.folder / "data" / "served.js").read_text() == "this is data/served.js"


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/x\r\n\r\n",
        b"GET / a b HTTP/1.1\r\n\r\n",
        b"POST /\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",  # TLS
    ],
)
def test_what_is_no_request(client: Client, data: bytes) -> None:
    assert client.raw(data).status == 400
    assert client.get("index.html").status == 200


def test_the_oldest_and_the_newest_http(client: Client) -> None:
    root, host = client.root.encode(), client.host.encode()
    assert client.raw(b"GET " + root + b"index.html\r\nHost: " + host + b"\r\n\r\n").status == 505
    assert client.raw(b"GET " + root + b"index.html HTTP/2.0\r\n\r\n").status == 505
    old = client.raw(b"GET " + root + b"index.html HTTP/1.0\r\nHost: " + host + b"\r\n\r\n")
    assert (old.status, old.headers["Connection"]) == (200, "close")


def test_heads_without_end(client: Client) -> None:
    assert client.ask("GET", "/" + "a" * 70_000).status == 414
    assert client.ask("GET", client.root, [f"A: {'a' * 70_000}"]).status == 431
    assert client.ask("GET", client.root, [f"A{number}: b" for number in range(200)]).status == 431


@pytest.mark.parametrize(
    "said",
    [
        [],
        ["Content-Type: text/plain"],
        ["Content-Type: application/x-www-form-urlencoded"],
        ["Content-Type: multipart/form-data"],
        ["Content-Type: application/json, text/plain"],
        ["Content-Type: text/plain; application/json"],
        ["Content-Type: application/octet-stream"],
        [JSON, "Content-Type: text/plain"],
    ],
)
@pytest.mark.parametrize("name", ["api/settings", "api/colorize", "api/stop"])
def test_what_a_form_could_send_is_not_taken(client: Client, said: list[str], name: str) -> None:
    headers = [client.origin, "Content-Length: 2", *said]
    assert client.ask("POST", client.root + name, headers, b"{}").status == 415


def test_a_picture_comes_as_bytes(client: Client) -> None:
    assert client.send("api/reference?name=a.png", b"{}", "application/json").status == 415


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ([], 411),
        (["Transfer-Encoding: chunked"], 411),
        (["Transfer-Encoding: chunked", "Content-Length: 2"], 411),
        (["Content-Length: -1"], 400),
        (["Content-Length: two"], 400),
        (["Content-Length: "], 400),
        (["Content-Length: 2, 2"], 400),
        (["Content-Length: 2", "Content-Length: 2"], 400),
        (["Content-Length: \u00b2"], 400),
        ([f"Content-Length: {'9' * 5000}"], 400),
        ([f"Content-Length: {(4 << 20) + 1}"], 413),
        (["Content-Length: 999999999999"], 413),
    ],
)
def test_lengths(client: Client, said: list[str], status: int) -> None:
    reply = client.ask("POST", client.root + "api/settings", [client.origin, JSON, *said], b"{}")
    assert reply.status == status
    assert reply.headers["Connection"] == "close"


def test_each_body_has_its_limit(client: Client) -> None:
    for name, most, kind in (
        ("api/settings", 4 << 20, "application/json"),
        ("api/reference?name=a.png", 64 << 20, "application/octet-stream"),
        ("api/colorize", 1 << 10, "application/json"),
        ("api/stop", 1 << 10, "application/json"),
    ):
        headers = [client.origin, f"Content-Type: {kind}", f"Content-Length: {most + 1}"]
        assert client.ask("POST", client.root + name, headers).status == 413


def test_a_refusal_is_heard_though_the_body_is_on_its_way(client: Client) -> None:
    assert client.send("api/settings", b" " * (8 << 20), "application/json").status == 413


def test_less_than_was_announced(client: Client) -> None:
    head = ["POST " + client.root + "api/stop HTTP/1.1", f"Host: {client.host}", client.origin, JSON]
    with client.connected() as connection:
        connection.sendall("\r\n".join([*head, "Content-Length: 100", "", "{}"]).encode())
        connection.shutdown(socket.SHUT_WR)
        assert reply_on(connection).status == 400


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'"text"',
        b"{}",
        b'{"text": 1, "before": null}',
        b'{"text": "a", "before": 1}',
        b'{"text": "a"}',
        b'{"text": NaN, "before": null}',
        b"[" * 100_000,
    ],
    ids=lambda body: repr(body[:30]),
)
def test_what_is_no_json_as_it_is_wanted(client: Client, page: Page, body: bytes) -> None:
    reply = client.send("api/settings", body, "application/json")
    assert reply.status == 400
    assert reply.json["message"]
    assert not page.settings_file.exists()


@pytest.mark.parametrize("query", ["x", "-1", "1.5", "", "%31%30x", "1&since=2", "\u00b2", "9" * 40])
def test_a_number_that_is_none(client: Client, query: str) -> None:
    assert client.get(f"api/colorize?since={query.encode().decode('latin-1')}").status == 400


def test_a_connection_is_kept_and_not_out_of_step(client: Client) -> None:
    get = f"GET {client.root}index.html HTTP/1.1\r\nHost: {client.host}\r\n"
    with client.connected() as connection:
        for _ in range(3):
            connection.sendall(f"{get}\r\n".encode())
            assert reply_on(connection).body == b"this is index.html"
        connection.sendall(f"{get}Content-Length: 10\r\n\r\n0123456789{get}\r\n".encode())
        assert reply_on(connection).headers["Connection"] == "close"
        connection.settimeout(60)
        assert connection.recv(1) == b""


def test_a_body_is_asked_for_only_when_it_is_wanted(client: Client) -> None:
    def said(name: str, origin: str) -> bytes:
        lines = [f"POST {client.root}{name} HTTP/1.1", f"Host: {client.host}", origin, JSON]
        with client.connected() as connection:
            head = [*lines, "Content-Length: 2", "Expect: 100-continue", "Connection: close", "", ""]
            connection.sendall("\r\n".join(head).encode())
            with connection.makefile("rb") as answer:
                first = answer.readline()
                if b"100" in first:
                    connection.sendall(b"{}")
                    answer.readline()
                    return first + answer.readline()
                return first

    assert said("api/stop", "Origin: http://evil.example").startswith(b"HTTP/1.1 403")
    continued = said("api/stop", client.origin)
    assert continued.startswith(b"HTTP/1.1 100")
    assert b"HTTP/1.1 202" in continued


def test_nothing_is_logged_unless_asked_for_and_never_the_token(
    client: Client, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    client.get("index.html")
    client.get("nothing")
    client.raw(b"nonsense\r\n\r\n")
    assert capfd.readouterr() == ("", "")
    with caplog.at_level(logging.DEBUG, "tcvc"):
        client.get("index.html")
    assert "GET index.html" in caplog.text
    assert client.root.strip("/") not in caplog.text


def test_a_fault_of_its_own_is_answered(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr("tcvc_cli.review.serve.settings_file.SettingsFile.read", fail)
    reply = client.get("api/settings")
    assert reply.status == 500
    assert "a fault" in json.loads(reply.body)["message"]
