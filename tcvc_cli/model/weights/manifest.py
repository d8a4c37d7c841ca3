"""The list of weights: what each file is, where it comes from, and what it must hash to.

The list is `weights_manifest.json`, described for people in docs/weights.md. Reading it is strict: a
field that is missing, unknown or of the wrong type, or a path that leaves its folder, is an error
that names the entry and the field.

After training, `python -m tcvc_cli.model.weights.manifest update tcvc-mini FILE` writes the size and hash of
an embedded file into the list.
"""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

import tcvc_cli
from tcvc_cli.errors import TcvcError, UnknownModel, WeightsRefused
from tcvc_cli.files import always, draft_of, sha256_of
from tcvc_cli.plain import read_json
from tcvc_cli.reading import open_plain

SCHEMA: Final = 1
ENVIRONMENT: Final = "TCVC_WEIGHTS_MANIFEST"
MAX_MANIFEST_BYTES: Final = 1 << 20
MOST_BYTES: Final = 1 << 40  # of any weights
PACKAGE: Final = Path(tcvc_cli.__file__).parent

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_PATH_PART: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Embedded:
    """The file travels inside the package."""

    kind: ClassVar[str] = "embedded"


@dataclass(frozen=True, slots=True)
class HuggingFace:
    """`revision` is a full commit hash, so that the file cannot change under its name."""

    kind: ClassVar[str] = "huggingface"
    repo: str
    revision: str
    file: str


@dataclass(frozen=True, slots=True)
class Https:
    """Plain http is taken from this machine itself only (127.0.0.1, ::1, localhost)."""

    kind: ClassVar[str] = "https"
    url: str


@dataclass(frozen=True, slots=True)
class User:
    """The user gets the file from its authors and imports it."""

    kind: ClassVar[str] = "user"


Source = Embedded | HuggingFace | Https | User


@dataclass(frozen=True, slots=True)
class Entry:
    """One set of weights. `size_bytes` and `sha256` are those of `file`, both or neither known.

    `file` is relative: inside the installed package for an embedded entry, otherwise a bare file
    name. `licence` is None where the authors state none.
    """

    name: str
    network: str
    version: str
    file: str
    size_bytes: int | None
    sha256: str | None
    licence: str | None
    source: Source
    good_for: str
    citation: str


@dataclass(frozen=True, slots=True)
class Manifest:
    entries: tuple[Entry, ...]

    def find(self, name: str) -> Entry:
        """Raises UnknownModel, which lists the names there are."""
        for entry in self.entries:
            if entry.name == name:
                return entry
        names = ", ".join(entry.name for entry in self.entries)
        raise UnknownModel(f"there are no weights named {name!r}", f"Choose one of: {names}.")


def manifest_path() -> Path:
    """`TCVC_WEIGHTS_MANIFEST`, or the list inside an installed package, or the one of a checkout."""
    chosen = os.environ.get(ENVIRONMENT)
    if chosen:
        return Path(chosen)
    installed = PACKAGE / "weights_manifest.json"
    return installed if installed.is_file() else PACKAGE.parent / "weights_manifest.json"


def read(path: Path | None = None) -> Manifest:
    """Reads and checks the list. Raises WeightsRefused with the file, the entry and the field."""
    path = path or manifest_path()
    return parse(_text(path), where=str(path))


def parse(text: str, *, where: str) -> Manifest:
    """JSON text -> Manifest. `where` begins every error message."""
    try:
        document = read_json(text)
    except ValueError as error:
        raise _broken(where, f"is not JSON ({error})") from None
    fields = _Fields(document, where)
    if fields.integer("schema") != SCHEMA:
        raise _broken(where, f"has another schema than {SCHEMA}")
    rows = fields.rows("weights")
    fields.done()
    entries = tuple(_entry(row, f"{where}: entry {number}") for number, row in enumerate(rows, 1))
    _refuse_twins(entries, where)
    return Manifest(entries)


def record_embedded(name: str, file: Path, *, manifest: Path | None = None) -> Entry:
    """Writes the size and sha256 of `file` into the embedded entry `name`, and returns the new entry.

    Raises UnknownModel or WeightsRefused; the list on disk is then as it was.
    """
    manifest = manifest or manifest_path()
    if not isinstance(read(manifest).find(name).source, Embedded):
        raise WeightsRefused(f"{name} is not embedded", "Only the hash of an embedded file is recorded here.")
    document = json.loads(_text(manifest))
    row = next(row for row in document["weights"] if row["name"] == name)
    row["sha256"], row["size_bytes"] = sha256_of(file), file.stat().st_size
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    entry = parse(text, where=str(manifest)).find(name)
    with draft_of(manifest, may_replace=always) as draft:
        draft.write_text(text, encoding="utf-8")
    return entry


def _text(path: Path) -> str:
    try:
        with open_plain(path) as stream:
            data = stream.read(MAX_MANIFEST_BYTES + 1)
        if len(data) > MAX_MANIFEST_BYTES:
            raise _broken(str(path), f"is larger than {MAX_MANIFEST_BYTES} bytes")
        return data.decode("utf-8")
    except OSError as error:
        raise _broken(str(path), f"cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise _broken(str(path), "is not UTF-8 text") from None


def _broken(where: str, what: str) -> WeightsRefused:
    return WeightsRefused(f"{where} {what}", f"Install tcvc again, or unset {ENVIRONMENT}.")


class _Fields:
    """One JSON object, read field by field; `done` refuses what was not asked for."""

    def __init__(self, value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise _broken(where, "is not a JSON object")
        self._rest: dict[str, Any] = dict(value)
        self.where = where

    def _take(self, field: str) -> Any:
        if field not in self._rest:
            raise _broken(self.where, f"has no {field!r}")
        return self._rest.pop(field)

    def wrong(self, field: str, wanted: str) -> WeightsRefused:
        return _broken(self.where, f"has a bad {field!r}: it must be {wanted}")

    def text(self, field: str) -> str:
        value = self._take(field)
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            raise self.wrong(field, "one line of text")
        return value

    def matching(self, field: str, pattern: re.Pattern[str], wanted: str) -> str:
        value = self.text(field)
        if not pattern.fullmatch(value):
            raise self.wrong(field, wanted)
        return value

    def integer(self, field: str) -> int:
        value = self._take(field)
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST_BYTES:
            raise self.wrong(field, f"a whole number from 1 to {MOST_BYTES}")
        return value

    def is_null(self, field: str) -> bool:
        """True, and the field is used up, when it is there and null."""
        if field in self._rest and self._rest[field] is None:
            del self._rest[field]
            return True
        return False

    def relative_path(self, field: str, *, folders_allowed: bool) -> str:
        value = self.text(field)
        parts = value.split("/")
        if not all(_PATH_PART.fullmatch(part) for part in parts):
            raise self.wrong(field, "a relative path of letters, digits, dots, dashes and slashes")
        if len(parts) > 1 and not folders_allowed:
            raise self.wrong(field, "a bare file name")
        return value

    def inner(self, field: str) -> _Fields:
        return _Fields(self._take(field), f"{self.where}: {field}")

    def rows(self, field: str) -> Sequence[Any]:
        value = self._take(field)
        if not isinstance(value, list):
            raise self.wrong(field, "a list")
        return value

    def done(self) -> None:
        if self._rest:
            raise _broken(self.where, f"has unknown fields: {', '.join(sorted(self._rest))}")


def _entry(value: Any, where: str) -> Entry:
    fields = _Fields(value, where)
    name = fields.matching("name", _NAME, "small letters, digits and dashes")
    fields.where = f"{where} ({name})"
    source = _source(fields.inner("source"))
    entry = Entry(
        name=name,
        network=fields.matching("network", _NAME, "small letters, digits and dashes"),
        version=fields.text("version"),
        file=_file(fields, source),
        size_bytes=None if fields.is_null("size_bytes") else fields.integer("size_bytes"),
        sha256=None
        if fields.is_null("sha256")
        else fields.matching("sha256", _SHA256, "64 small hex digits"),
        licence=None if fields.is_null("licence") else fields.text("licence"),
        source=source,
        good_for=fields.text("good_for"),
        citation=fields.text("citation"),
    )
    fields.done()
    if (entry.size_bytes is None) != (entry.sha256 is None):
        raise fields.wrong("size_bytes", "known together with 'sha256', or null together with it")
    return entry


def _file(fields: _Fields, source: Source) -> str:
    file = fields.relative_path("file", folders_allowed=isinstance(source, Embedded))
    if isinstance(source, Embedded) and not file.startswith("tcvc_cli/"):
        raise fields.wrong("file", "inside tcvc_cli/ for embedded weights")
    if not isinstance(source, User) and not file.endswith(".safetensors"):
        raise fields.wrong("file", "a .safetensors file; only those are embedded or pulled")
    return file


def _source(fields: _Fields) -> Source:
    kind = fields.text("kind")
    source = _source_of_kind(kind, fields)
    fields.done()
    return source


def _source_of_kind(kind: str, fields: _Fields) -> Source:
    if kind == Embedded.kind:
        return Embedded()
    if kind == User.kind:
        return User()
    if kind == Https.kind:
        return Https(_address(fields))
    if kind == HuggingFace.kind:
        return HuggingFace(
            repo=fields.relative_path("repo", folders_allowed=True),
            revision=fields.matching("revision", _COMMIT, "a commit: 40 hex digits"),
            file=fields.relative_path("file", folders_allowed=True),
        )
    raise fields.wrong("kind", "embedded, huggingface, https or user")


def _address(fields: _Fields) -> str:
    url = fields.text("url")
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port  # raises on a port that is no number
    except ValueError:
        raise fields.wrong("url", "an https address") from None
    if not host or parts.username is not None or " " in url:
        raise fields.wrong("url", "an https address without a user name")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOOPBACK):
        raise fields.wrong("url", "an https address")
    return url


def _refuse_twins(entries: Sequence[Entry], where: str) -> None:
    names = [entry.name for entry in entries]
    for name in names:
        if names.count(name) > 1:
            raise _broken(where, f"has two entries named {name}")


def as_json(entry: Entry) -> Mapping[str, Any]:
    """The entry as it stands in the file, field by field."""
    slots = {field: getattr(entry, field) for field in Entry.__slots__}
    source = {field: getattr(entry.source, field) for field in type(entry.source).__slots__}
    return slots | {"source": {"kind": entry.source.kind, **source}}


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tcvc_cli.model.weights.manifest")
    update = parser.add_subparsers(required=True).add_parser("update", help="record a trained embedded file")
    update.add_argument("name")
    update.add_argument("file", type=Path)
    choice = parser.parse_args()
    try:
        entry = record_embedded(choice.name, choice.file)
    except (TcvcError, OSError) as error:
        raise SystemExit(f"error: {error}") from None
    print(f"{entry.name}: {entry.size_bytes} bytes, sha256 {entry.sha256}")


if __name__ == "__main__":
    _main()
