"""One property at a time is wrong in a faultless result, by other hands than the program's, and the proof
says which; docs/verify.md lists them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tcvc_cli.measure.proof.compare import Proof, Terms, compare
from tcvc_cli.measure.proof.expected import ExpectedLosses
from tcvc_cli.names import sidecar_path
from tcvc_cli.records import COMPUTED
from tcvc_cli.run.provenance.verify import verify_result
from tests.material.planted.catalog import FAULTS
from tests.material.planted.fault import Fault, are_installed, copied, edited
from tests.material.planted.films import FILMS, make_film
from tests.material.planted.still_faults import STILLS, make_still
from tests.material.sidecars import stated

pytestmark = pytest.mark.skipif(not are_installed(), reason="no ffmpeg or mkvtoolnix on this machine")
UNTOUCHED = (
    "simple",
    "deep",
    "transparent",
    "captioned",
    "quick",
    "editing",
    "joined",
)  # by a copy of FFmpeg's
Made = Callable[[str], tuple[Path, Path]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The original and the faultless result by the film's name, made when it is asked for first."""
    folder, films = tmp_path_factory.mktemp("planted"), dict[str, tuple[Path, Path]]()

    def film(name: str) -> tuple[Path, Path]:
        if name not in films:
            films[name] = (make_film if name in FILMS else make_still)(name, folder)
        return films[name]

    return film


def failing(proof: Proof) -> dict[str, str]:
    return {check.subject: check.words for check in proof.checks if check.verdict == "fails"}


@pytest.mark.parametrize("name", [*FILMS, *STILLS])
def test_without_a_fault_all_holds(made: Made, name: str) -> None:
    assert failing(compare(*made(name))) == {}


@pytest.mark.parametrize("name", UNTOUCHED)
def test_what_plants_the_faults_changes_nothing_else(made: Made, name: str, tmp_path: Path) -> None:
    original, result = made(name)
    again = tmp_path / f"again{result.suffix}"
    copied()(result, again)
    assert failing(compare(original, again)) == {}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
def test_it_is_found_in_its_rows_and_no_other(made: Made, fault: Fault, tmp_path: Path) -> None:
    original, result = made(fault.film)
    planted = tmp_path / f"planted{result.suffix}"
    fault.plant(result, planted)
    assert failing(compare(original, planted)).keys() == set(fault.rows)


def test_what_is_found_is_listed(root: Path) -> None:
    """A row of the table in the docs for each, in order."""
    section = (root / "docs" / "verify.md").read_text().split("## Planted faults")[1].split("\n## ")[0]
    listed = re.findall(r"^\| (.+?) \| (.+?) \|$", section, re.MULTILINE)[2:]
    assert listed == [(fault.what, ", ".join(f"`{row}`" for row in fault.rows)) for fault in FAULTS]
    assert len({fault.what for fault in FAULTS}) == len(FAULTS) >= 40


def test_a_loss_that_the_sidecar_names_is_dropped(made: Made, tmp_path: Path) -> None:
    original, result = made("rich")
    planted = tmp_path / "planted.mkv"
    edited("--edit", "track:v1", "--set", "chroma-siting-vertical=2")(result, planted)
    told = Terms(ExpectedLosses(losses={0: ("chroma siting topleft",)}))
    row = next(
        one for one in compare(original, planted, told).checks if one.subject == "second reading: tracks"
    )
    assert (row.verdict, row.words) == (
        "dropped",
        "as the sidecar says: #0 siting down 1 became nothing",
    )


@dataclass(frozen=True)
class SidecarFault:
    """`spoil` is done to the file of the result and to its sidecar."""

    rows: frozenset[str]
    spoil: Callable[[Path, Path], None]


def _other_result(result: Path, _: Path) -> None:
    edited("--edit", "info", "--set", "date=2001-01-01T00:00:00+00:00")(result, result.with_suffix(".mks"))
    result.with_suffix(".mks").replace(result)


def _other_hash(_: Path, sidecar: Path) -> None:
    content = json.loads(sidecar.read_text())
    content["source"]["sha256"] = "0" * 64
    sidecar.write_text(json.dumps(content))


def _cut_off(_: Path, sidecar: Path) -> None:
    sidecar.write_text("{")


def _nothing(_: Path, __: Path) -> None:
    """The result itself is at fault."""


SIDECAR_FAULTS = {
    "of another result": SidecarFault(frozenset(("sidecar",)), _other_result),
    "with the hash of another film": SidecarFault(frozenset(("sidecar",)), _other_hash),
    "that cannot be read": SidecarFault(frozenset(("sidecar",)), _cut_off),
    "of a film that does not say that its colours were computed": SidecarFault(
        frozenset(("mark",)), _nothing
    ),
}


@pytest.mark.parametrize("fault", SIDECAR_FAULTS)
def test_a_fault_of_the_sidecar_is_found(made: Made, tmp_path: Path, fault: str) -> None:
    """A result that has its mark but for the last fault."""
    original, result = made("simple")
    planted = tmp_path / "result.mkv"
    marked = () if SIDECAR_FAULTS[fault].rows == {"mark"} else ("-metadata", f"{COMPUTED}=tcvc")
    copied(*marked)(result, planted)
    stated(original, planted)
    if marked:
        assert failing(verify_result(original, planted)) == {}
    SIDECAR_FAULTS[fault].spoil(planted, sidecar_path(planted))
    assert failing(verify_result(original, planted)).keys() == SIDECAR_FAULTS[fault].rows
