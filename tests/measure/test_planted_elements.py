"""Every fact that a Matroska result states is planted wrong by its own element, and the proof says where."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcvc_cli.measure.proof.compare import Proof, compare
from tcvc_cli.media.read.probe import probe
from tests.material.painted_films import colored
from tests.material.planted.element_edits import ElementFault, make_original
from tests.material.planted.element_faults import ELEMENT_FAULTS
from tests.material.planted.elements import tree_of


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """An original that states most of what there is, and its result."""
    folder = tmp_path_factory.mktemp("elements")
    original = make_original(folder / "film.mkv")
    colored(probe(original), folder / "result.mkv", preset="master")
    return original, folder / "result.mkv"


def failing(proof: Proof) -> dict[str, str]:
    return {check.subject: check.words for check in proof.checks if check.verdict == "fails"}


def test_without_a_fault_all_holds(films: tuple[Path, Path], tmp_path: Path) -> None:
    """What FFmpeg's muxer leaves out stands in the result too; taken apart and put together it does still."""
    original, result = films
    assert failing(compare(original, result)) == {}
    proof = compare(original, tree_of(result).write(tmp_path / "again.mkv"))
    assert failing(proof) == {}
    assert proof.is_complete


def test_there_are_many_and_none_twice() -> None:
    assert len({fault.what for fault in ELEMENT_FAULTS}) == len(ELEMENT_FAULTS) >= 100


@pytest.mark.parametrize("fault", ELEMENT_FAULTS, ids=lambda fault: fault.what)
def test_a_fault_is_found(films: tuple[Path, Path], tmp_path: Path, fault: ElementFault) -> None:
    original, result = films
    tree = tree_of(result)
    fault.plant(tree)
    found = failing(compare(original, tree.write(tmp_path / "planted.mkv")))
    assert fault.row in found
    assert all(found.values())


def test_the_docs_say_how_many(root: Path) -> None:
    words = " ".join((root / "docs" / "verify.md").read_text().split())
    assert f" {len(ELEMENT_FAULTS)} in single elements of a Matroska result" in words
