"""The schemas of docs/schemas: of every file and every line of JSON that tcvc writes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, get_args

from tcvc_cli.cli.documents.json_schema import DRAFT, IN_FILES, IN_LINES, Definitions, Schema
from tcvc_cli.cli.ndjson import LINES_SCHEMA

_ROW: Final = re.compile(r"^\| (`[^|]+`) \| (.+) \|$", re.MULTILINE)
_LINK: Final = re.compile(r"\[([^]]*)\]\([^)]*\)")


def texts(sidecar_page: str) -> Mapping[str, str]:
    """The files of docs/schemas by name. `sidecar_page` is docs/sidecar.md, whose table describes fields."""
    every: Mapping[str, Callable[[], Schema]] = {
        "sidecar": lambda: _sidecar(_described(sidecar_page)),
        "proof": _proof,
        "events": _events,
        "batch-report": _batch_report,
        "batch-status": _batch_status,
        "shard-report": _shard_report,
        "shots": _shots,
        "report": _report,
        "settings-show": _settings,
        "measure": _measure,
        "doctor": _doctor,
        "config": _config,
        "clean": _clean,
        "weights": _weights,
    }
    return {f"{name}.schema.json": text_of(make()) for name, make in every.items()}


def text_of(schema: Schema) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=True) + "\n"


def _document(title: str, definitions: Definitions, root: Schema) -> Schema:
    every = definitions.all()
    return {"$schema": DRAFT, "title": title, **root, **({"$defs": every} if every else {})}


def _with_schema(root: Schema, version: int = LINES_SCHEMA) -> Schema:
    """`schema` comes first, and is always there."""
    properties = {"schema": {"const": version}, **root["properties"]}
    return {**root, "properties": properties, "required": ["schema", *root["required"]]}


def _line(title: str, record: type, names: Mapping[str, Any] | None = None) -> Schema:
    """Of a record that a command prints on one line."""
    definitions = Definitions(IN_LINES, names or {})
    return _document(title, definitions, _with_schema(definitions.record(record)))


def _described(page: str) -> Mapping[str, str]:
    """Of the first table of a page: what it says of each field, without its links and signs."""
    table = page.partition("|---|---|\n")[2].partition("\n\n")[0]
    found: dict[str, str] = {}
    for names, words in _ROW.findall(table):
        text = _LINK.sub(r"\1", words).replace("`", "")
        found |= dict.fromkeys(re.findall(r"`([^`]+)`", names), text)
    return found


def _sidecar(words: Mapping[str, str]) -> Schema:
    from tcvc_cli.run.grade.sidecar import GradeSidecar
    from tcvc_cli.run.options.film import Options
    from tcvc_cli.run.provenance.sidecar import Sidecar

    definitions = Definitions(IN_FILES)
    colored, graded = definitions.reference(Sidecar), definitions.reference(GradeSidecar)
    root = definitions.records[Sidecar]
    for name, schema in root["properties"].items():
        root["properties"][name] = {**schema, "description": words[name]} if name in words else schema
    options = definitions.record(Options)
    root["properties"]["options"] |= {"properties": options["properties"]}
    for one in (Sidecar, GradeSidecar):
        definitions.records[one]["properties"]["schema"] = {"const": 1}
    kind = {"properties": {"kind": {"const": "grade"}}, "required": ["kind"]}
    choice = {"if": kind, "then": graded, "else": colored}
    return _document(
        "The sidecar of a result of tcvc: RESULT.json", definitions, {"type": "object", **choice}
    )


def _proof() -> Schema:
    from tcvc_cli.measure.proof.compare import Proof

    definitions = Definitions(IN_LINES)
    root = definitions.record(Proof)
    verdicts = {"holds": {"type": "boolean"}, "is_complete": {"type": "boolean"}}
    file = {
        "description": "Of a file beside a result: its name and the SHA-256 of its content.",
        "type": "object",
        "properties": {"file": {"type": "string"}, "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"}},
        "required": ["file", "sha256"],
    }
    properties = {**verdicts, **root["properties"], "original": file, "result": file}
    root = {**root, "properties": properties, "required": [*verdicts, *root["required"]]}
    return _document("A proof of tcvc: verify, and RESULT.proof.json", definitions, _with_schema(root, 1))


def _events() -> Schema:
    from tcvc_cli.cli.printed import EVENTS_SCHEMA, Failure, Start
    from tcvc_cli.review.serve.server import Serving
    from tcvc_cli.run.events import Event

    definitions = Definitions(IN_LINES, _names())
    told = [definitions.reference(one) for one in (Start, Failure)]
    kinds = [_named(one.__name__, definitions.reference(one)) for one in (*get_args(Event), Serving)]
    for one in (Start, Failure):
        definitions.records[one]["properties"]["schema"] = {"const": EVENTS_SCHEMA}
        definitions.records[one]["required"].append("schema")
    says = "One line of what a command prints. Pass over kinds that are not known: later versions have more."
    root = {"description": says, "type": "object", "required": ["event"], "oneOf": told + kinds}
    return _document("An event of tcvc", definitions, root)


def _named(kind: str, record: Schema) -> Schema:
    """A record stands in other events without its kind."""
    return {"properties": {"event": {"const": kind}}, "required": ["event"], **record}


def _names() -> Mapping[str, Any]:
    """What run/events.py imports for the type checker alone."""
    from tcvc_cli.measure.proof.compare import Proof
    from tcvc_cli.run.film_memory.used_reference import UsedReference

    return {"Proof": Proof, "UsedReference": UsedReference}


def _batch_report() -> Schema:
    from tcvc_cli.run.batch.report import BatchReport

    definitions = Definitions(IN_FILES)
    root = definitions.record(BatchReport)
    root["properties"]["schema"] = {"const": 1}
    return _document("The report of a batch of tcvc", definitions, root)


def _shard_report() -> Schema:
    from tcvc_cli.run.machines.folder.report import SCHEMA, ShardReport

    definitions = Definitions(IN_FILES)
    root = definitions.record(ShardReport)
    root["properties"]["schema"] = {"const": SCHEMA}
    return _document("What a shard of tcvc batch tells of itself", definitions, root)


def _batch_status() -> Schema:
    from tcvc_cli.run.machines.folder.status import FilmStatus, StatusTotal

    definitions = Definitions(IN_LINES)
    kinds = [definitions.reference(one) for one in (FilmStatus, StatusTotal)]
    for one in (FilmStatus, StatusTotal):
        definitions.records[one] = _with_schema(definitions.records[one])
    return _document("A line of tcvc batch --status", definitions, {"type": "object", "oneOf": kinds})


def _shots() -> Schema:
    from tcvc_cli.cli.printed import ShotsPrinted
    from tcvc_cli.records import Shot

    return _line("What tcvc shots prints", ShotsPrinted, {"Shot": Shot})


def _report() -> Schema:
    from tcvc_cli.review.report.film import Report

    return _line("What tcvc report prints", Report)


def _settings() -> Schema:
    from tcvc_cli.cli.printed import SettingsChanged, SettingsPrinted
    from tcvc_cli.run.settings.applied import ShotSettings
    from tcvc_cli.run.settings.change import Changed

    definitions = Definitions(IN_LINES, {"ShotSettings": ShotSettings, "Changed": Changed})
    kinds = [definitions.reference(one) for one in (SettingsPrinted, SettingsChanged)]
    for one in (SettingsPrinted, SettingsChanged):
        definitions.records[one] = _with_schema(definitions.records[one])
    return _document("What tcvc settings prints", definitions, {"type": "object", "oneOf": kinds})


def _measure() -> Schema:
    from tcvc_cli.measure.report import Report

    return _line("What tcvc measure prints", Report)


def _doctor() -> Schema:
    from tcvc_cli.run.doctor import Finding

    return _line("A line of tcvc doctor", Finding)


def _config() -> Schema:
    from tcvc_cli.cli.printed import SettingPrinted

    return _line("A line of tcvc config show", SettingPrinted)


def _clean() -> Schema:
    from tcvc_cli.cli.printed import LeftoverPrinted

    return _line("A line of tcvc clean", LeftoverPrinted)


def _weights() -> Schema:
    from tcvc_cli.cli.printed import PackagePrinted
    from tcvc_cli.model.weights.manifest import Entry

    definitions = Definitions(IN_LINES)
    definitions.reference(Entry)
    entry = definitions.records.pop(Entry)
    for source in _sources(definitions):
        source["properties"] = {"kind": {"type": "string"}, **source["properties"]}
        source["required"] = ["kind", *source["required"]]
    entry["properties"]["path"] = {"type": ["string", "null"]}
    entry["required"].append("path")
    package = definitions.record(PackagePrinted)
    kinds = [_with_schema(entry), _with_schema(package)]
    return _document("A line of tcvc weights", definitions, {"type": "object", "anyOf": kinds})


def _sources(definitions: Definitions) -> Iterator[Schema]:
    from tcvc_cli.model.weights.manifest import Source

    for one in get_args(Source):
        yield definitions.records[one]
