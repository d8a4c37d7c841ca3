"""Rules that the page's own files keep, as far as they can be read off them."""

from __future__ import annotations

import re

from tests.material.house_rules import MODULE_LINES
from tests.material.review_folder import ASSETS

SCRIPTS = sorted(ASSETS.glob("*.js"))
MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|\beval\(|new Function"
)
MODULES = re.compile(r"^\s*(import|export)\b", re.MULTILINE)


def test_files_are_short() -> None:
    files = [*SCRIPTS, *ASSETS.glob("*.css")]
    assert [one.name for one in files if one.read_text("utf-8").count("\n") >= MODULE_LINES] == []


def test_text_is_never_markup() -> None:
    assert [one.name for one in SCRIPTS if MARKUP.search(one.read_text("utf-8"))] == []


def test_scripts_are_no_modules_which_a_page_from_disk_may_not_load() -> None:
    assert [
        one.name for one in [*SCRIPTS, *ASSETS.glob("vendor/*.js")] if MODULES.search(one.read_text("utf-8"))
    ] == []


def test_the_page_loads_every_script_once_and_holds_none() -> None:
    page = (ASSETS / "index.html").read_text("utf-8")
    loaded = re.findall(r'<script src="assets/([^"]+)"></script>', page)
    assert sorted(loaded) == sorted(str(one.relative_to(ASSETS)) for one in ASSETS.rglob("*.js"))
    assert page.count("<script") == len(loaded) + len(("data/served.js", "data/film.js"))
    assert "style=" not in page


def test_nothing_is_loaded_from_elsewhere() -> None:
    for one in [*SCRIPTS, ASSETS / "index.html", *ASSETS.glob("*.css")]:
        assert re.findall(r"(?:https?:)?//[\w-]+\.[\w.]+", one.read_text("utf-8")) == []


def test_what_is_not_ours_comes_with_its_licence() -> None:
    vendor = ASSETS / "vendor"
    assert "MIT License" in (vendor / "toml-patch.LICENSE").read_text("utf-8")
    assert "3.3.0" in (vendor / "toml-patch.js").read_text("utf-8").splitlines()[0]
