"""Bytes of single boxes are planted wrong in an MP4 result, and the proof says where."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcvc_cli.measure.proof.compare import Proof, compare
from tcvc_cli.media.read.probe import probe
from tests.material.media_sources import make
from tests.material.painted_films import colored
from tests.material.planted.box_faults import BOX_FAULTS, SOURCE, BoxFault
from tests.material.planted.boxes import Boxes


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("boxes")
    original = make(folder / "film.mp4", SOURCE)
    colored(probe(original), folder / "result.mp4", preset="access")
    return original, folder / "result.mp4"


def failing(proof: Proof) -> dict[str, str]:
    return {check.subject: check.words for check in proof.checks if check.verdict == "fails"}


def test_without_a_fault_all_holds(films: tuple[Path, Path]) -> None:
    assert failing(compare(*films)) == {}


@pytest.mark.parametrize("fault", BOX_FAULTS, ids=lambda fault: fault.what)
def test_a_fault_is_found(films: tuple[Path, Path], tmp_path: Path, fault: BoxFault) -> None:
    original, result = films
    boxes, planted = Boxes.of(result), tmp_path / "planted.mp4"
    fault.plant(boxes)
    assert boxes.data != result.read_bytes()
    planted.write_bytes(boxes.data)
    found = failing(compare(original, planted))
    assert fault.row in found
    assert found[fault.row]


def test_the_docs_say_how_many(root: Path) -> None:
    words = " ".join((root / "docs" / "verify.md").read_text().split())
    assert f" {len(BOX_FAULTS)} in single boxes of an MP4 result" in words
