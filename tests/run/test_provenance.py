"""`--proof` and `--premis`, and what stands beside a result."""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import tcvc_cli.run.film.encoding
from tcvc_cli.cli.main import main
from tcvc_cli.media.planes import Frame
from tcvc_cli.run.film.paint import paint
from tcvc_cli.run.provenance.premis import NAMESPACE
from tests.material.media_sources import Source, make

SOURCE = Source(
    frames=5,
    time_base=Fraction(1, 24),
    audio=("aac",),
    has_subtitle=True,
    has_chapters=True,
    has_attachment=True,
)
QUICK = ["--model-size", "64", "--device", "cpu"]


@pytest.fixture
def film(tmp_path: Path) -> Path:
    folder = tmp_path / "films"
    folder.mkdir()
    return make(tmp_path / "film.mkv", SOURCE).rename(folder / "film.mkv")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def faulty_paint(*arguments: Any) -> Frame:
    """One bit of one sample of the third frame is not the film's."""
    frame = paint(*arguments)
    if frame.number == 2:
        frame.luma[5, 5] ^= 1
    return frame


@pytest.mark.parametrize("preset", ["access", "master"])
def test_a_proof_stands_beside_the_result(
    film: Path, capsys: pytest.CaptureFixture[str], preset: str
) -> None:
    output = film.with_name("film.color.mkv")
    assert main(["colorize", str(film), "--preset", preset, "--proof", "--premis", *QUICK]) == 0
    assert "proof    36 hold" in capsys.readouterr().err
    beside = ["", ".json", ".premis.xml", ".proof.json"]
    assert names(film.parent) == ["film.color.mkv" + end for end in beside] + ["film.mkv"]
    proof = json.loads(output.with_name("film.color.mkv.proof.json").read_text())
    assert (proof["schema"], proof["holds"], proof["is_complete"]) == (1, True, True)
    assert proof["luma"]["is_lossless"] == (preset == "master")
    assert proof["original"] == {"file": "film.mkv", "sha256": sha256(film)}
    assert proof["result"] == {"file": "film.color.mkv", "sha256": sha256(output)}
    sidecar = json.loads(output.with_name("film.color.mkv.json").read_text())
    assert sidecar["proof"] == {"holds": True, "is_complete": True, "file": "film.color.mkv.proof.json"}
    assert list(sidecar["timings"]) == ["prepare", "shots", "colorize", "remux", "proof"]
    assert sum(sidecar["timings"].values()) == pytest.approx(sidecar["seconds"], abs=0.05)
    assert main(["verify", str(film), str(output), "--strict"]) == 0


def test_a_known_drop_does_not_hold_up_a_proof(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = film.with_name("film.color.mp4")
    assert main(["colorize", str(film), "-o", str(output), "--proof", *QUICK]) == 0
    sidecar = json.loads(output.with_name("film.color.mp4.json").read_text())
    assert (sidecar["proof"]["holds"], sidecar["proof"]["is_complete"]) == (True, False)
    capsys.readouterr()
    assert main(["verify", str(film), str(output)]) == 0
    said = capsys.readouterr()
    assert "warning: dropped  #3 attachment text/plain: as the sidecar says: mp4 cannot hold" in said.err
    assert main(["verify", str(film), str(output), "--strict"]) == 7


def test_nothing_gets_a_name_when_the_proof_fails(
    film: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tcvc_cli.run.film.encoding, "paint", faulty_paint)
    command = ["colorize", str(film), "--preset", "master", "--proof", "--premis", *QUICK]
    assert main(command) == 7
    assert names(film.parent) == ["film.mkv"]
    said = capsys.readouterr().err
    assert "FAILS      luma  1 of 5 frames differ, the first is frame 2, by at most 1" in said
    assert said.count("error:") == 1
    assert "film.color.mkv would not be film.mkv with colour added: luma" in said


def test_what_was_there_stays_when_the_proof_fails(
    film: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    output = film.with_name("film.color.mkv")
    command = ["colorize", str(film), "--preset", "master", "--proof", *QUICK]
    assert main(command) == 0
    before = {name: sha256(film.with_name(name)) for name in names(film.parent)}
    monkeypatch.setattr(tcvc_cli.run.film.encoding, "paint", faulty_paint)
    assert main([*command, "-y", "--fresh", "--json"]) == 7
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["event"] for event in events[-2:]] == ["Proved", "error"]
    assert events[-2]["holds"] is False
    assert {name: sha256(film.with_name(name)) for name in names(film.parent)} == before
    assert output.exists()


def test_provenance_of_an_earlier_result_goes(film: Path) -> None:
    command = ["colorize", str(film), "-y", *QUICK]
    assert main([*command, "--proof", "--premis"]) == 0
    assert main(command) == 0
    assert names(film.parent) == ["film.color.mkv", "film.color.mkv.json", "film.mkv"]


def texts(element: ElementTree.Element, *path: str) -> list[str | None]:
    return [one.text for one in element.findall("/".join(f"{{{NAMESPACE}}}{step}" for step in path))]


# The order that the schema of PREMIS 3 asks for, for the elements that are used.
ORDER = {
    "premis": ["object", "event", "agent"],
    "object": [
        "objectIdentifier",
        "objectCharacteristics",
        "originalName",
        "environmentFunction",
        "environmentDesignation",
        "relationship",
        "linkingEventIdentifier",
    ],
    "objectCharacteristics": ["fixity", "size", "format"],
    "relationship": [
        "relationshipType",
        "relationshipSubType",
        "relatedObjectIdentifier",
        "relatedEventIdentifier",
    ],
    "event": [
        "eventIdentifier",
        "eventType",
        "eventDateTime",
        "eventDetailInformation",
        "eventOutcomeInformation",
        "linkingAgentIdentifier",
        "linkingObjectIdentifier",
    ],
    "agent": [
        "agentIdentifier",
        "agentName",
        "agentType",
        "agentVersion",
        "linkingEventIdentifier",
        "linkingEnvironmentIdentifier",
    ],
}


def test_premis_says_what_was_done(film: Path) -> None:
    output = film.with_name("film.color.mkv")
    assert main(["colorize", str(film), "--premis", "--proof", *QUICK]) == 0
    root = ElementTree.parse(output.with_name("film.color.mkv.premis.xml")).getroot()
    assert (root.tag, root.get("version")) == (f"{{{NAMESPACE}}}premis", "3.0")
    for element in root.iter():
        wanted = ORDER.get(element.tag.rpartition("}")[2])
        found = [child.tag.rpartition("}")[2] for child in element]
        assert wanted is None or found == sorted(found, key=wanted.index)
    hashes = [sha256(film), sha256(output)]
    assert texts(root, "object", "objectIdentifier", "objectIdentifierValue")[:2] == hashes
    assert texts(root, "object", "objectCharacteristics", "size") == [
        str(path.stat().st_size) for path in (film, output)
    ]
    assert texts(root, "event", "eventType") == ["modification", "validation"]
    assert texts(root, "event", "eventOutcomeInformation", "eventOutcome") == ["success", "pass"]
    roles = texts(root, "event", "linkingObjectIdentifier", "linkingObjectRole")
    assert roles == ["source", "outcome"] * 2
    events = texts(root, "event", "eventIdentifier", "eventIdentifierValue")
    assert len(set(events)) == 2
    assert texts(root, "agent", "linkingEventIdentifier", "linkingEventIdentifierValue") == events
    agent = texts(root, "agent", "agentIdentifier", "agentIdentifierValue")
    linked = texts(root, "event", "linkingAgentIdentifier", "linkingAgentIdentifierValue")
    assert linked == agent * 2


def test_every_field_of_the_sidecar_and_of_the_proof_is_documented(film: Path, root: Path) -> None:
    output = film.with_name("film.color.mkv")
    assert main(["colorize", str(film), "--proof", *QUICK]) == 0
    sidecar = json.loads(output.with_name("film.color.mkv.json").read_text())
    documented = (root / "docs" / "sidecar.md").read_text()
    fields = [*sidecar, *sidecar["tool"], *sidecar["model"], *sidecar["proof"], *sidecar["timings"]]
    assert [field for field in fields if f"`{field}`" not in documented] == []
    proof = json.loads(output.with_name("film.color.mkv.proof.json").read_text())
    documented = (root / "docs" / "verify.md").read_text()
    fields = [*proof, *proof["luma"], *proof["times"], *proof["checks"][0]]
    assert [field for field in fields if f"`{field}`" not in documented] == []
    rows = {
        check["subject"] for check in proof["checks"] if not check["subject"].startswith(("#", "written"))
    }
    assert [row for row in rows if f"`{row}`" not in documented] == []
