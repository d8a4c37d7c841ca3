"""What is always installed is named with its licence, and none is of a kind that tcvc could not use."""

from __future__ import annotations

from importlib.metadata import distribution
from pathlib import Path

import pytest

from tests.material.licences import (
    ALLOWED,
    BUNDLED,
    PAGE,
    UNNAMED,
    always_installed,
    libraries_in,
    licence_of,
    page,
    parts_of,
    table_of,
)

BASE = sorted(always_installed())


def test_the_page_is_what_is_installed() -> None:
    """Where it is not: scripts/write-licences."""
    written = PAGE.read_text(encoding="utf-8")
    assert table_of(BASE) in written
    fixed = page().partition("## Tests, training and extras")  # what else is installed may be more or less
    assert fixed[0] in written
    assert page().partition("## Weights")[2] in written


@pytest.mark.parametrize("name", BASE)
def test_no_licence_is_of_another_kind(name: str) -> None:
    licence = licence_of(distribution(name))
    assert licence != UNNAMED
    assert parts_of(licence) <= ALLOWED


def test_a_licence_of_another_kind_would_be_seen() -> None:
    assert parts_of("MIT AND (GPL-3.0-only OR BSD-2-Clause)") - ALLOWED == {"GPL-3.0-only"}
    assert parts_of("Apache-2.0 WITH LLVM-exception") <= ALLOWED
    assert not any("GPL" in one for one in ALLOWED)


@pytest.mark.parametrize("package", BUNDLED)
def test_every_library_inside_a_wheel_is_named(package: str) -> None:
    assert libraries_in(package) <= BUNDLED[package].keys()


def test_what_is_under_the_gpl_is_named_as_such(root: Path) -> None:
    assert "| av | x264, x265 | **GPL-2.0-or-later** |" in PAGE.read_text(encoding="utf-8")
    assert "(docs/licences.md)" in (root / "README.md").read_text(encoding="utf-8")
