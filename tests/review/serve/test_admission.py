"""Who is let in."""

from __future__ import annotations

import pytest

from tcvc_cli.review.serve.http.admission import Admission, new_token
from tests.material.page_client import Client

ADMISSION = Admission("abc", 5000)


def test_a_token_has_32_random_bytes_and_is_never_the_same() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert {len(token) for token in tokens} == {43}  # 32 bytes in 6 bits a letter


@pytest.mark.parametrize(
    ("target", "inside"),
    [
        ("/abc/", ""),
        ("/abc/x/y", "x/y"),
        ("/abc", None),
        ("abc/x", None),
        ("/ab/x", None),
        ("/abcd/x", None),
        ("/ABC/x", None),
        ("/%61bc/x", None),
        ("//abc/x", None),
        ("/", None),
        ("", None),
        ("*", None),
        ("/é/x", None),
        ("http://127.0.0.1:5000/abc/x", None),
    ],
)
def test_only_what_begins_with_the_token_is_inside(target: str, inside: str | None) -> None:
    assert ADMISSION.inside(target) == inside


@pytest.mark.parametrize("host", ["127.0.0.1:5000", "localhost:5000", "LocalHost:5000"])
def test_own_hosts(host: str) -> None:
    assert ADMISSION.admits_host([host])
    assert ADMISSION.admits_origin([f"http://{host.lower()}"], [host])


def test_a_browser_leaves_out_the_usual_port() -> None:
    assert Admission("abc", 80).admits_host(["localhost"])
    assert Admission("abc", 80).admits_host(["127.0.0.1:80"])
    assert not ADMISSION.admits_host(["localhost"])


FOREIGN_HOSTS = [
    [],
    [""],
    ["evil.example"],
    ["evil.example:{port}"],
    ["127.0.0.1"],
    ["127.0.0.1:1"],
    ["localhost.evil.example:{port}"],
    ["0.0.0.0:{port}"],
    ["[::1]:{port}"],
    ["127.0.0.1:{port}", "127.0.0.1:{port}"],
    ["127.0.0.1:{port}", "evil.example"],
]


@pytest.mark.parametrize("hosts", FOREIGN_HOSTS)
def test_a_name_that_somebody_led_to_this_machine(client: Client, hosts: list[str]) -> None:
    named = [host.format(port=client.port) for host in hosts]
    assert client.ask("GET", client.root + "index.html", hosts=named).status == 403
    headers = [client.origin, "Content-Type: application/json", "Content-Length: 2"]
    assert client.ask("POST", client.root + "api/stop", headers, b"{}", hosts=named).status == 403


def test_both_own_names_serve(client: Client) -> None:
    named = [f"localhost:{client.port}"]
    assert client.ask("GET", client.root + "index.html", hosts=named).status == 200
    headers = ["Content-Type: application/json", "Content-Length: 2"]
    own, other = f"Origin: http://localhost:{client.port}", client.origin
    assert client.ask("POST", client.root + "api/stop", [own, *headers], b"{}", hosts=named).status == 202
    assert client.ask("POST", client.root + "api/stop", [other, *headers], b"{}", hosts=named).status == 403


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("name", ["index.html", "api/settings", "data/served.js"])
def test_without_the_token_nothing_is_there(client: Client, method: str, name: str) -> None:
    token = client.root.strip("/")
    for guess in ("", "/", f"/{token[:-1]}/", f"/{token}x/", f"/{token[::-1]}/", "/../", f"/x/{token}/"):
        reply = client.ask(method, f"{guess}{name}", [client.origin])
        assert reply.status == 404
        assert token.encode() not in reply.body


FOREIGN_ORIGINS = [
    [],
    ["null"],
    [""],
    ["https://127.0.0.1:{port}"],
    ["http://127.0.0.1:{port}/"],
    ["http://127.0.0.1"],
    ["http://127.0.0.1:1"],
    ["http://evil.example"],
    ["http://127.0.0.1:{port}.evil.example"],
    ["http://localhost:{port}"],
    ["http://127.0.0.1:{port}", "http://evil.example"],
]


@pytest.mark.parametrize("name", ["api/settings", "api/reference?name=a.png", "api/colorize", "api/stop"])
@pytest.mark.parametrize("origins", FOREIGN_ORIGINS)
def test_a_post_says_that_it_comes_from_the_page(client: Client, origins: list[str], name: str) -> None:
    said = [f"Origin: {one.format(port=client.port)}" for one in origins]
    headers = [*said, "Content-Type: application/json", "Content-Length: 2"]
    assert client.ask("POST", client.root + name, headers, b"{}").status == 403
