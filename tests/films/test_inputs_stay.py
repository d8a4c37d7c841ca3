"""Whatever a command reads is there afterwards, whatever would write over it, also with -y."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from tcvc_cli.cli.main import main
from tcvc_cli.errors import OutputExists
from tcvc_cli.review.page.folder import EarlierPage, new_page
from tests.material.media_sources import Source, make

QUICK = ("--model", "tcvc-mini", "--model-size", "64", "--device", "cpu", "--colour-parts", "recolour", "-q")


@pytest.fixture(scope="module")
def colored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a film and its result."""
    folder = tmp_path_factory.mktemp("inputs")
    film = make(folder / "film.mkv", Source(frames=2))
    assert main(["colorize", str(film), "-o", str(folder / "r.mkv"), *QUICK]) == 0
    return folder


@pytest.fixture
def folder(colored: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(colored, tmp_path / "films"))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def picture(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    cv2.imwrite(str(path), np.arange(64 * 48 * 3, dtype=np.uint8).reshape(48, 64, 3))
    return path


@pytest.mark.parametrize("by", ["file", "folder", "settings"])
def test_references_are_not_exported_over(by: str, folder: Path) -> None:
    painted = picture(folder / "refs" / "ref_000000.png")
    given = ["--refs", str(painted if by == "file" else painted.parent)]
    if by == "settings":
        given = []
        (folder / "film.tcvc.toml").write_text('[film]\nreferences = ["refs/ref_000000.png"]\n')
    before = contents(folder)
    export = ["refs", "export", str(folder / "film.mkv"), "-o", str(folder / "refs"), "--grey", "-y", "-q"]
    assert main([*export, "--model", "tcvc-mini", "--frames", "0", *given]) == 4
    assert contents(folder) == before
    assert main([*export, "--model", "tcvc-mini", "--frames", "1", *given]) == 0
    assert contents(folder).keys() - before.keys() == {"refs/ref_000001.png"}


def test_a_photograph_takes_no_reference_s_place(folder: Path) -> None:
    photograph, painted = picture(folder / "photograph.png"), picture(folder / "refs" / "painted.png")
    before = contents(folder)
    command = ["colorize", str(photograph), "--refs", str(painted.parent), "-o", str(painted), "-y", *QUICK]
    assert main(command) == 4
    assert contents(folder) == before


@pytest.mark.parametrize("name", ["film.mkv", "../films/film.mkv"])
def test_the_film_that_a_steadied_one_was_made_of(name: str, folder: Path) -> None:
    before = contents(folder)
    assert main(["stabilize", str(folder / "r.mkv"), "-o", str(folder / name), "-y"]) == 4
    assert contents(folder) == before


@pytest.mark.parametrize("is_found", [True, False])
def test_the_config_file(folder: Path, monkeypatch: pytest.MonkeyPatch, *, is_found: bool) -> None:
    config, film = folder / "tcvc.toml", str(folder / "film.mkv")
    config.write_text('device = "cpu"\n')
    monkeypatch.chdir(folder)
    before = contents(folder)
    given = [] if is_found else ["--config", str(config)]
    for command in (
        ["colorize", film, "-o", "new.mkv", "--trace", "tcvc.toml", "-y", *QUICK],
        ["batch", film, "-o", "out", "--report", "tcvc.toml", "-y", *QUICK],
        ["report", film, "r.mkv", "--html", str(config), "-y"],
    ):
        assert main([*given, *command]) == 4, command
        assert contents(folder) == before


def test_what_appears_in_a_page_while_it_is_made_again_stays(folder: Path) -> None:
    page = folder / "film.review"
    build = ["review", str(folder / "film.mkv"), "-o", str(page), "--no-palettes", "-q"]
    assert main(build) == 0
    before = contents(folder)
    with (
        pytest.raises(OutputExists, match=r"film\.review holds holiday\.jpg"),
        new_page(page, folder / "film.mkv", EarlierPage(page, {})),
    ):
        (page / "holiday.jpg").write_text("mine")
    assert contents(folder) == before | {"film.review/holiday.jpg": b"mine"}
