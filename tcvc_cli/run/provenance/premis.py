"""What was done to a film as a PREMIS 3 record: objects, events and agents (premis-v3-0.xsd).

Words are those of the vocabularies at id.loc.gov/vocabulary/preservation.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

from tcvc_cli import __version__
from tcvc_cli.measure.proof.compare import Proof
from tcvc_cli.names import sidecar_path
from tcvc_cli.reading import read_plain
from tcvc_cli.records import SyntheticColors
from tcvc_cli.run.provenance.environment import Identifier, Part, environment_of
from tcvc_cli.run.provenance.sidecar import FinishedRun, Hashes

NAMESPACE = "http://www.loc.gov/premis/v3"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_SCHEMA = f"{NAMESPACE} https://www.loc.gov/standards/premis/premis.xsd"
_MEDIA_TYPES = {
    ".mkv": "video/x-matroska",
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".avi": "video/x-msvideo",
    ".mxf": "application/mxf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
}
_NO_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2
_AGENT = ("local", "tcvc")
_MODIFICATION = "modification"
_EVENT_TYPE = f"{{{NAMESPACE}}}eventType"
_VOCABULARIES = "http://id.loc.gov/vocabulary/preservation/"
_SCHEMES = {
    "eventType": "eventType",
    "agentType": "agentType",
    "linkingAgentRole": "eventRelatedAgentRole",
    "relationshipType": "relationshipType",
    "environmentFunctionType": "environmentFunctionType",
}


def premis_xml(run: FinishedRun) -> bytes:
    """The record as a file holds it."""
    root = premis_record(run)
    ElementTree.indent(root)
    xml: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return xml


def is_premis_of(path: Path, hashes: Hashes | None = None) -> bool:
    """Whether `path` is a record of ours, about these two files where they are given."""
    try:
        root = ElementTree.fromstring(read_plain(path))
    except (OSError, ElementTree.ParseError, ValueError, LookupError):
        return False
    agent = root.findtext(f"./{{{NAMESPACE}}}agent/{{{NAMESPACE}}}agentName")
    digests = {one.text for one in root.iterfind(f".//{{{NAMESPACE}}}messageDigest")}
    wanted = set() if hashes is None else {hashes.source, hashes.result}
    return root.tag == f"{{{NAMESPACE}}}premis" and agent == "tcvc" and wanted <= digests


def premis_record(run: FinishedRun) -> ElementTree.Element:
    """Source and result, what the program ran on and with, the colouring, the proof where there was one; as
    their agents the program and who let it run."""
    ElementTree.register_namespace("premis", NAMESPACE)
    ElementTree.register_namespace("xsi", _INSTANCE)
    root = ElementTree.Element(
        f"{{{NAMESPACE}}}premis", {"version": "3.0", f"{{{_INSTANCE}}}schemaLocation": _SCHEMA}
    )
    source, result, hashes = run.plan.film.path, run.plan.output, run.hashes
    events = [("UUID", str(uuid.uuid4())) for _ in ((True, True) if run.proof else (True,))]
    _object(root, source, hashes.source, events)
    _object(root, result, hashes.result, events, source_sha256=hashes.source)
    parts = environment_of(run)
    for part in parts:
        _environment(root, part)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    _coloring(root, run, events[0], now if run.declared is None else run.declared.when)
    if run.proof is not None:
        _validation(root, run, run.proof, events[1], now)
    _agent(root, events, parts)
    _operator(root, run.declared, events[:1])
    return root


def _spelled_out(sign: re.Match[str]) -> str:
    """What XML cannot say, and file names may hold: `\\x01`, and for a byte that is no text `\\udcff`."""
    return sign[0].encode("unicode_escape").decode("ascii")


def _add(
    parent: ElementTree.Element, name: str, text: str | None = None, code: str | None = None
) -> ElementTree.Element:
    """With `code` the term's address in its vocabulary."""
    child = ElementTree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    child.text = None if text is None else _NO_XML.sub(_spelled_out, text)
    if code is not None:
        scheme = _SCHEMES[name]
        child.set("authority", scheme)
        child.set("authorityURI", f"{_VOCABULARIES}{scheme}")
        child.set("valueURI", f"{_VOCABULARIES}{scheme}/{code}")
    return child


def _add_detail(event: ElementTree.Element, detail: str) -> None:
    """Behind the one that every event has."""
    first = event.find(f"{{{NAMESPACE}}}eventDetailInformation")
    assert first is not None
    second = ElementTree.Element(first.tag)
    _add(second, "eventDetail", detail)
    event.insert(list(event).index(first) + 1, second)


def _identify(parent: ElementTree.Element, name: str, identifier: Identifier) -> ElementTree.Element:
    """`<nameIdentifier>` with its type and value."""
    element = _add(parent, f"{name}Identifier")
    _add(element, f"{name}IdentifierType", identifier[0])
    _add(element, f"{name}IdentifierValue", identifier[1])
    return element


def _object(
    root: ElementTree.Element,
    path: Path,
    sha256: str,
    events: list[Identifier],
    *,
    source_sha256: str | None = None,
) -> None:
    element = _add(root, "object")
    element.set(f"{{{_INSTANCE}}}type", "premis:file")
    _identify(element, "object", ("SHA-256", sha256))
    traits = _add(element, "objectCharacteristics")
    fixity = _add(traits, "fixity")
    _add(fixity, "messageDigestAlgorithm", "SHA-256")
    _add(fixity, "messageDigest", sha256)
    _add(traits, "size", str(path.stat().st_size))
    designation = _add(_add(traits, "format"), "formatDesignation")
    _add(designation, "formatName", _MEDIA_TYPES.get(path.suffix.lower(), "application/octet-stream"))
    _add(element, "originalName", path.name)
    if source_sha256 is not None:
        relation = _add(element, "relationship")
        _add(relation, "relationshipType", "derivation", "der")
        _add(relation, "relationshipSubType", "has source")
        _identify(relation, "relatedObject", ("SHA-256", source_sha256))
        _identify(relation, "relatedEvent", events[0])
    for event in events:
        _identify(element, "linkingEvent", event)


def _event(
    root: ElementTree.Element, kind: str, identifier: Identifier, now: str, detail: str
) -> ElementTree.Element:
    element = _add(root, "event")
    _identify(element, "event", identifier)
    _add(element, "eventType", kind, "mod" if kind == _MODIFICATION else None)
    _add(element, "eventDateTime", now)
    _add(_add(element, "eventDetailInformation"), "eventDetail", detail)
    return element


def _outcome(event: ElementTree.Element, outcome: str, note: str) -> None:
    information = _add(event, "eventOutcomeInformation")
    _add(information, "eventOutcome", outcome)
    _add(_add(information, "eventOutcomeDetail"), "eventOutcomeDetailNote", note)


def _link(event: ElementTree.Element, run: FinishedRun) -> None:
    """The program, who let it run, then what it read and what it wrote."""
    _add(_identify(event, "linkingAgent", _AGENT), "linkingAgentRole", "executing program", "exe")
    if (operator := run.declared and run.declared.operator) and event.findtext(_EVENT_TYPE) == _MODIFICATION:
        _add(_identify(event, "linkingAgent", ("local", operator)), "linkingAgentRole", "implementer", "imp")
    hashes = run.hashes
    for sha256, role in ((hashes.source, "source"), (hashes.result, "outcome")):
        _add(_identify(event, "linkingObject", ("SHA-256", sha256)), "linkingObjectRole", role)


def _coloring(root: ElementTree.Element, run: FinishedRun, identifier: Identifier, now: str) -> None:
    plan = run.plan
    detail = (
        f"The colours were computed by the model {plan.options.model} ({_weights(plan.weights_sha256)})"
        f" on {plan.device} in {plan.precision}, preset {plan.options.preset}; luma is the film's own."
        f" All options: {sidecar_path(plan.output).name}"
    )
    event = _event(root, _MODIFICATION, identifier, now, detail)
    dropped = ", ".join(f"#{one.stream.index} ({one.why})" for one in run.streams.dropped)
    _outcome(event, "success", f"dropped streams: {dropped}" if dropped else "all streams carried")
    _link(event, run)
    if run.declared is not None:
        _add_detail(event, f"{run.declared.digital_source_type}: {run.declared.statement}")


def _validation(
    root: ElementTree.Element, run: FinishedRun, proof: Proof, identifier: Identifier, now: str
) -> None:
    detail = "The result was compared with its source: luma, times, streams, tags (tcvc verify)"
    event = _event(root, "validation", identifier, now, detail)
    rows = "; ".join(f"{check.subject}: {check.verdict}, {check.words}" for check in proof.checks)
    _outcome(event, "pass" if proof.holds else "fail", rows)
    _link(event, run)


def _agent(root: ElementTree.Element, events: list[Identifier], parts: Sequence[Part]) -> None:
    element = _add(root, "agent")
    _identify(element, "agent", _AGENT)
    _add(element, "agentName", "tcvc")
    _add(element, "agentType", "software", "sof")
    _add(element, "agentVersion", __version__)
    for event in events:
        _identify(element, "linkingEvent", event)
    for part in parts:
        _identify(element, "linkingEnvironment", part.identifier)


def _operator(
    root: ElementTree.Element, declared: SyntheticColors | None, events: Sequence[Identifier]
) -> None:
    if declared is None or declared.operator is None:
        return
    element = _add(root, "agent")
    _identify(element, "agent", ("local", declared.operator))
    _add(element, "agentName", declared.operator)
    _add(element, "agentType", declared.operator_kind)
    for event in events:
        _identify(element, "linkingEvent", event)


def _environment(root: ElementTree.Element, part: Part) -> None:
    """In PREMIS 3 what a program runs on and with is an object."""
    element = _add(root, "object")
    element.set(f"{{{_INSTANCE}}}type", "premis:intellectualEntity")
    _identify(element, "object", part.identifier)
    function = _add(element, "environmentFunction")
    _add(function, "environmentFunctionType", part.function, part.code)
    _add(function, "environmentFunctionLevel", "1")
    designation = _add(element, "environmentDesignation")
    _add(designation, "environmentName", part.name)
    if part.version:
        _add(designation, "environmentVersion", part.version)


def _weights(stated: str) -> str:
    """Of tcvc's own models a hash is stated; other packages state what they like."""
    return f"weights SHA-256 {stated}" if len(stated) == 64 else f"weights: {stated}"
