"""A batch takes nothing for a film that tcvc made for people to look at, and all that others made."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from tcvc_cli.media.inspect.computed_tag import computed_tag, has_computed_tag
from tcvc_cli.media.structure.computed_mark import has_mark, is_sheet
from tcvc_cli.names import is_review_path, is_sheet_path, is_showing_path
from tcvc_cli.run.batch.find import find_files
from tcvc_cli.run.batch.options import Search
from tcvc_cli.run.contact_sheets import write_sheet
from tests.material.media_sources import Source, make

COMPUTED = {"COLORIZED_WITH": "tcvc: the colours of this film were computed"}


def found_in(source: Path | str, folder: Path) -> list[str]:
    files = find_files(Search((str(source),), folder.parent / "out", is_recursive=True))
    return sorted(one.path.relative_to(folder).as_posix() for one in files)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "films"
    path.mkdir()
    make(path / "film.mkv", Source(frames=2))
    return path


def test_sheets_by_their_names_and_marks(folder: Path) -> None:
    pixels = np.full((40, 40, 3), 90, np.uint8)
    for name in ("film.sheet.png", "film.sheet-2.png", "film.palettes.png"):
        write_sheet(folder / name, pixels, lambda _: False, is_computed=name != "film.sheet-2.png")
    assert has_mark(folder / "film.sheet.png")
    assert not has_mark(folder / "film.sheet-2.png")
    assert is_sheet(folder / "film.sheet.png")
    assert is_sheet(folder / "film.sheet-2.png")
    cv2.imwrite(str(folder / "my.sheet.png"), pixels)
    assert found_in(folder, folder) == ["film.mkv", "my.sheet.png"]


def test_previews_and_comparisons_by_their_names_and_tags(folder: Path) -> None:
    for suffix in ("mkv", "mp4"):
        make(folder / f"film.preview.{suffix}", Source(frames=2, tags=COMPUTED))
        make(folder / f"my.preview.{suffix}", Source(frames=2))
    commented = {"comment": f"a line\nCOLORIZED_WITH: {COMPUTED['COLORIZED_WITH']}"}
    make(folder / "film.compare.mp4", Source(frames=2, tags=commented))
    (folder / "broken.preview.mp4").write_bytes(b"no film")
    assert computed_tag(folder / "film.compare.mp4") == COMPUTED["COLORIZED_WITH"]
    assert not has_computed_tag(folder / "broken.preview.mp4")
    found = found_in(folder, folder)
    assert "film.preview.mkv" not in found
    assert "film.compare.mp4" not in found
    assert {"my.preview.mkv", "my.preview.mp4", "broken.preview.mp4"} <= set(found)


@pytest.mark.parametrize("source", ["folder", "glob"])
def test_the_folder_of_a_page_is_left_out_whole(folder: Path, source: str) -> None:
    for name, content in (
        ("film.review", json.dumps({"kind": "tcvc-review", "schema": 1})),
        ("other.review", json.dumps({"kind": "something else"})),
        ("broken.review", "{"),
        ("listed.review", "[]"),
    ):
        shots = folder / name / "shots"
        shots.mkdir(parents=True)
        (folder / name / "review.json").write_text(content)
        shutil.copy(folder / "film.mkv", shots / "1.mkv")
    (folder / "plain.review").mkdir()
    shutil.copy(folder / "film.mkv", folder / "plain.review" / "1.mkv")
    found = found_in(folder if source == "folder" else f"{folder}/**/*.mkv", folder)
    assert found == [
        "broken.review/shots/1.mkv",
        "film.mkv",
        "listed.review/shots/1.mkv",
        "other.review/shots/1.mkv",
        "plain.review/1.mkv",
    ]


def test_names() -> None:
    assert is_sheet_path(Path("a.sheet-12.png"))
    assert not is_sheet_path(Path("sheet.png"))
    assert not is_sheet_path(Path("a.sheet-x.png"))
    assert is_showing_path(Path("a.b.preview.mkv"))
    assert not is_showing_path(Path("preview.mkv"))
    assert not is_showing_path(Path("a.preview.png"))
    assert is_review_path(Path("films/a.review"))
    assert not is_review_path(Path("films/.review"))
