"""A reference as a record, and as a line for a person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tcvc_cli.plain import from_json, from_plain, to_json, to_plain
from tcvc_cli.settings.reference import Reference, finding_line, overlap

HASH = "0123456789abcdef" * 4
FOUND = Reference(
    Path("refs/kitchen.png"), HASH, 123, "luma", (-0.1, 0.0, 1.1, 1.0), 0.93, ("the first of its 2",)
)


def test_it_goes_to_json_and_back() -> None:
    assert from_json(Reference, to_json(FOUND)) == FOUND
    unknown = Reference(Path("coat.jpg"), HASH)
    assert from_json(Reference, to_json(unknown)) == unknown


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("frame", -1),
        ("frame", None),
        ("found_by", "magic"),
        ("found_by", None),
        ("box", [0, 0, 0, 1]),
        ("box", [0, 0, 1]),
        ("likeness", 1.5),
        ("sha256", "0" * 63),
    ],
)
def test_what_does_not_fit_is_refused(key: str, value: Any) -> None:
    with pytest.raises(ValueError, match=r"it|box|likeness|frame|found_by"):
        from_plain(Reference, {**to_plain(FOUND), key: value})


def test_what_a_person_is_told() -> None:
    assert finding_line(FOUND) == "kitchen.png: frame 123, by its luma; the first of its 2"
    by_name = Reference(Path("ref_000007.png"), HASH, 7, "name")
    assert finding_line(by_name) == "ref_000007.png: frame 7, by its name"
    unknown = Reference(Path("coat.jpg"), HASH)
    assert finding_line(unknown) == "coat.jpg: no frame of this film, used by likeness"


def test_overlap_is_the_share_of_the_smaller() -> None:
    assert overlap((0, 0, 1, 1), (0.5, 0, 1.5, 1)) == pytest.approx(0.5)
    assert overlap((0, 0, 1, 1), (0.2, 0.2, 0.4, 0.4)) == pytest.approx(1)
    assert overlap((0, 0, 0.5, 1), (0.5, 0, 1, 1)) == 0
