"""The page's files are sent, and no others."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import pytest

from tcvc_cli.review.serve.http.files_inside import TYPES, type_of
from tcvc_cli.review.serve.server import Page
from tests.material.page_client import Client

OUTSIDE = [
    "../secret.txt",
    "../film.review/index.html",
    "data/../index.html",
    "data/../../secret.txt",
    "./index.html",
    "%2e%2e/secret.txt",
    "%2e%2e%2fsecret.txt",
    "..%2fsecret.txt",
    "%2e/index.html",
    "data/%2e%2e/index.html",
    "%252e%252e/secret.txt",
    "%252e%252e%252fsecret.txt",
    "..%5csecret.txt",
    "..\\secret.txt",
    "data\\film.js",
    "data%5cfilm.js",
    "index.html%00",
    "index.html%00.png",
    "%00",
    "index.html%0a",
    "%ff",
    "%c0%ae%c0%ae/secret.txt",
    "%u002e%u002e/secret.txt",
    "index.html::$DATA",
    "c:/windows/win.ini",
    "file:///etc/passwd",
    "/etc/passwd",
    "//etc/passwd",
    "%2fetc%2fpasswd",
    "~/.profile",
    "",
    "data",
    "data/",
    "data//film.js",
    "/index.html",
    "index.html/",
    "index.html/x",
    ".hidden.js.1234.part",
    "nothing.html",
    "INDEX.HTML%20",
    "a" * 5000,
    "a/" * 2000,
]


@pytest.mark.parametrize("name", OUTSIDE, ids=lambda name: name[:40])
def test_what_is_not_in_the_folder_is_not_there(client: Client, page: Page, name: str) -> None:
    (page.folder / ".hidden.js.1234.part").write_text("half of it")
    absolute = page.folder.parent / "secret.txt"
    for asked in (name, f"{name}?x=1"):
        reply = client.get(asked)
        assert reply.status == 404
        assert b"secret" not in reply.body
    assert client.get(str(absolute)).status == 404


def test_links_that_lead_out(client: Client, page: Page) -> None:
    outside = page.folder.parent / "elsewhere"
    outside.mkdir()
    (outside / "index.html").write_text("secret")
    (page.folder / "link.html").symlink_to(outside / "index.html")
    (page.folder / "up.txt").symlink_to("../secret.txt")
    (page.folder / "folder").symlink_to(outside)
    (page.folder / "nowhere.html").symlink_to("nowhere")
    (page.folder / "round.html").symlink_to("round.html")
    (page.folder / "inside.html").symlink_to("index.html")
    for name in ("link.html", "up.txt", "folder/index.html", "nowhere.html", "round.html"):
        assert client.get(name).status == 404
    assert client.get("inside.html").status == 200


def test_a_folder_that_became_a_link(client: Client, page: Page) -> None:
    moved = page.folder.rename(page.folder.with_name("moved"))
    page.folder.symlink_to(moved)
    assert client.get("index.html").status == 404


def test_a_pipe_in_the_folder_is_not_waited_for(client: Client, page: Page) -> None:
    os.mkfifo(page.folder / "pipe.js")
    assert client.get("pipe.js").status == 404


def test_a_file_comes_as_it_is_and_again_when_it_changes(client: Client, page: Page) -> None:
    assert client.get("index.html").body == b"this is index.html"
    assert client.get("thumbs/0001%2Ebefore.jpg?again=1").body == b"this is thumbs/0001.before.jpg"
    (page.folder / "index.html").write_text("new")
    assert client.get("index.html").body == b"new"


def test_a_name_with_other_letters(client: Client, page: Page) -> None:
    (page.folder / "na\u00efve 100% \u6620\u753b.js").write_text("here")
    assert client.get("na%C3%AFve%20100%25%20%E6%98%A0%E7%94%BB.js").body == b"here"


def test_a_name_is_unescaped_once(client: Client, page: Page) -> None:
    (page.folder / "a b.js").write_text("here")
    (page.folder / "c%20d.js").write_text("here")
    assert client.get("a%20b.js").status == client.get("c%2520d.js").status == 200
    assert client.get("a%2520b.js").status == client.get("c%20d.js").status == 404


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.html", "text/html; charset=utf-8"),
        ("a.JS", "text/javascript; charset=utf-8"),
        ("a.css", "text/css; charset=utf-8"),
        ("a.jpg", "image/jpeg"),
        ("a.html.xyz", "application/octet-stream"),
        ("html", "application/octet-stream"),
        ("a.htm", "application/octet-stream"),
        ("a.toml", "application/octet-stream"),
    ],
)
def test_types_by_name_alone(name: str, expected: str) -> None:
    assert type_of(PurePosixPath(name)) == expected


def test_types_are_sent(client: Client, page: Page) -> None:
    for suffix in (*TYPES, ".exe", ""):
        file = Path(page.folder / f"file{suffix}")
        file.write_text("<script>alert(1)</script>")
        assert client.get(file.name).headers["Content-Type"] == type_of(PurePosixPath(file.name))
