"""A page as it lies beside a film, and a server of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from tcvc_cli.records import Shot
from tcvc_cli.review.serve.server import Page, ReviewServer
from tests.material.fake_tcvc import COMMAND
from tests.material.page_client import Client


@pytest.fixture
def fake_tcvc(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of the command are those of `COMMAND`."""
    monkeypatch.setattr("tcvc_cli.review.serve.coloring.PROGRAM", (sys.executable, "-c", COMMAND))


@pytest.fixture
def page(tmp_path: Path, fake_tcvc: None) -> Page:
    """Of a film with two shots, 10 frames each, 10 a second."""
    folder = tmp_path / "film.review"
    for name in ("index.html", "data/film.js", "data/served.js", "thumbs/0001.before.jpg"):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"this is {name}")
    (tmp_path / "secret.txt").write_text("secret")
    return Page(
        folder=folder,
        film=tmp_path / "film.mkv",
        shots=(Shot(0, 10), Shot(10, 20)),
        frame_rate=Fraction(10),
        settings_file=tmp_path / "film.tcvc.toml",
        command=lambda: ("tcvc", "works"),
        command_folder=tmp_path,
        rebuild=lambda: None,
    )


@pytest.fixture
def client(page: Page) -> Iterator[Client]:
    """Of a server of the page."""
    with ReviewServer(page) as server:
        yield Client(server.url)
