"""Bytes of single boxes are planted wrong in an MP4 result, and the proof says where."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcvc_cli.measure.proof.compare import Proof, compare
from tcvc_cli.media.read.probe import probe
from tcvc_cli.run.provenance.verify import verify_result
from tests.material.media_sources import make
from tests.material.painted_films import colored
from tests.material.planted.box_faults import BOX_FAULTS, SOURCE, BoxFault
from tests.material.planted.boxes import Boxes
from tests.material.sidecars import stated


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


@pytest.mark.parametrize(("language", "verdict"), [("und", "dropped"), ("ger", "fails")])
def test_a_language_may_be_lost_and_not_be_another(
    films: tuple[Path, Path], tmp_path: Path, language: str, verdict: str
) -> None:
    original, result = films
    boxes, planted = Boxes.of(result), tmp_path / "planted.mp4"
    packed = sum((ord(letter) - 0x60) << shift for letter, shift in zip(language, (10, 5, 0), strict=True))
    boxes.put(boxes.at("moov", "trak:3", "mdia", "mdhd") + 20, packed.to_bytes(2))
    planted.write_bytes(boxes.data)
    assert "written of #2" in failing(verify_result(original, planted))
    stated(original, planted, lost=["language fra"])
    found = {check.subject: check.verdict for check in verify_result(original, planted).checks}
    assert found["written of #2"] == verdict


def test_the_docs_say_how_many(root: Path) -> None:
    words = " ".join((root / "docs" / "verify.md").read_text().split())
    assert f" {len(BOX_FAULTS)} in single boxes of an MP4 result" in words
