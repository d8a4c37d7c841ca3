"""The PREMIS record is valid against the schema that the Library of Congress publishes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import pytest
import xmlschema

from tcvc_cli.cli.main import main
from tests.material.media_sources import Source, make

SCHEMA = Path(__file__).parents[1] / "material" / "premis-v3-0.xsd"
NAMES = {"premis": "http://www.loc.gov/premis/v3", "xsi": "http://www.w3.org/2001/XMLSchema-instance"}
QUICK = ["--model-size", "64", "--device", "cpu", "--premis"]


@pytest.fixture(scope="module")
def schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(SCHEMA)


def record(tmp_path: Path, options: Sequence[str] = ()) -> ElementTree.Element:
    film = make(
        tmp_path / "film.mkv", Source(codec="ffv1", pixel_format="gray", frames=3, time_base=Fraction(1, 24))
    )
    assert main(["colorize", str(film), *QUICK, *options]) == 0
    return ElementTree.parse(tmp_path / "film.color.mkv.premis.xml").getroot()


def texts(root: ElementTree.Element, path: str) -> list[str | None]:
    return [one.text for one in root.findall(path, NAMES)]


def test_the_schema_is_the_published_one() -> None:
    data = SCHEMA.read_bytes()
    assert len(data) == 52845
    assert (
        hashlib.sha256(data).hexdigest() == "03b8a77a20b32b882ad799e12262671d07ad18210c60233f4e613a1289491cba"
    )


@pytest.mark.parametrize(
    "options",
    [(), ("--proof",), ("--operator", "Ada"), ("--proof", "--operator", "org:Archiv <&> Köln")],
    ids=["plain", "proof", "person", "institution"],
)
def test_a_record_is_valid(schema: xmlschema.XMLSchema, tmp_path: Path, options: Sequence[str]) -> None:
    record(tmp_path, options)
    path = tmp_path / "film.color.mkv.premis.xml"
    assert [str(error) for error in schema.iter_errors(path)] == []


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ('version="3.0"', 'version="2.2"'),
        ("premis:agentType", "premis:agentKind"),
        ('xsi:type="premis:intellectualEntity"', 'xsi:type="premis:file"'),
        ("<premis:environmentFunctionLevel>1</premis:environmentFunctionLevel>", ""),
    ],
)
def test_the_schema_finds_what_is_not_premis(
    schema: xmlschema.XMLSchema, tmp_path: Path, was: str, now: str
) -> None:
    record(tmp_path)
    path = tmp_path / "film.color.mkv.premis.xml"
    text = path.read_text("utf-8")
    assert was in text
    path.write_text(text.replace(was, now), "utf-8")
    assert not schema.is_valid(path)


def test_it_names_operator_program_and_environment(tmp_path: Path) -> None:
    root = record(tmp_path, ("--operator", "org:City Archive", "--proof"))
    sidecar = json.loads((tmp_path / "film.color.mkv.json").read_text())
    assert texts(root, "premis:agent/premis:agentName") == ["tcvc", "City Archive"]
    assert texts(root, "premis:agent/premis:agentType") == ["software", "organization"]
    roles = texts(root, "premis:event/premis:linkingAgentIdentifier/premis:linkingAgentRole")
    assert roles == ["executing program", "implementer", "executing program"]
    named = dict(
        zip(
            texts(root, ".//premis:environmentName"),
            [
                one.findtext("premis:environmentVersion", None, NAMES)
                for one in root.findall(".//premis:environmentDesignation", NAMES)
            ],
            strict=True,
        )
    )
    assert named["Python"] == sidecar["tool"]["python"]
    assert named["ffmpeg"] == sidecar["tool"]["libraries"]["ffmpeg"]
    assert named["model tcvc-dino"] == sidecar["model"]["weights_sha256"]
    linked = texts(
        root, "premis:agent/premis:linkingEnvironmentIdentifier/premis:linkingEnvironmentIdentifierValue"
    )
    kinds = {one.get(f"{{{NAMES['xsi']}}}type"): one for one in root.findall("premis:object", NAMES)}
    assert set(kinds) == {"premis:file", "premis:intellectualEntity"}
    objects = texts(root, "premis:object/premis:objectIdentifier/premis:objectIdentifierValue")
    assert linked == objects[2:]
    details = texts(root, "premis:event/premis:eventDetailInformation/premis:eventDetail")
    assert details[1] == f"{sidecar['declared']['digital_source_type']}: {sidecar['declared']['statement']}"
    assert texts(root, "premis:event/premis:eventDateTime")[0] == sidecar["declared"]["when"]
