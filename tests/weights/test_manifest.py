"""The list of weights: what it says, and that a broken one is refused with a word about where."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tcvc_cli.errors import UnknownModel, WeightsRefused
from tcvc_cli.model.weights import manifest
from tcvc_cli.model.weights.manifest import Embedded, Https, HuggingFace, User
from tests.material.shelf import Shelf
from tests.material.weights_material import entry

DATA = b"twelve bytes"


def hub(**changes: str) -> dict[str, str]:
    return {"kind": "huggingface", "repo": "a/b", "revision": "0" * 40, "file": "w.safetensors"} | changes


def test_shipped_manifest_trusts_nothing_unknown(root: Path) -> None:
    entries = {entry.name: entry for entry in manifest.read(root / "weights_manifest.json").entries}
    embedded = [entries[f"tcvc-{name}"] for name in ("dino", "mini", "places", "points")]
    idc = entries["tcvc-idc"]
    assert all(isinstance(entry.source, Embedded) and entry.sha256 for entry in embedded)
    assert sum(entry.size_bytes or 0 for entry in embedded) <= 70_000_000
    assert isinstance(idc.source, User)
    assert (idc.file, idc.sha256, idc.licence) == ("80000_G.pth", None, None)
    assert all(
        entry.sha256 or not isinstance(entry.source, HuggingFace | Https) for entry in entries.values()
    )


def test_every_kind_of_source_is_read(shelf: Shelf) -> None:
    shelf.list(
        entry("a", DATA, source={"kind": "embedded"}, file="tcvc_cli/model/data/a.safetensors"),
        entry("b", DATA, source=hub(file="folder/w.safetensors")),
        entry("c", DATA, source={"kind": "https", "url": "https://example.org/c.safetensors"}),
        entry("d", source={"kind": "user"}, licence=None, file="d.pth.tar"),
    )
    a, b, c, d = manifest.read().entries
    assert a.source == Embedded()
    assert b.source == HuggingFace("a/b", "0" * 40, "folder/w.safetensors")
    assert c.source == Https("https://example.org/c.safetensors")
    assert (d.source, d.size_bytes, d.sha256, d.licence) == (User(), None, None, None)


def test_an_entry_goes_back_to_its_json(shelf: Shelf) -> None:
    row = entry("b", DATA, source=hub())
    shelf.list(row)
    assert manifest.as_json(manifest.read().find("b")) == row


def test_unknown_name_lists_the_names(shelf: Shelf) -> None:
    shelf.list(entry("a"), entry("b"))
    with pytest.raises(UnknownModel) as caught:
        manifest.read().find("c")
    assert "a, b" in caught.value.advice


@pytest.mark.parametrize("field", list(entry("a")))
def test_missing_field(shelf: Shelf, field: str) -> None:
    row = entry("a", DATA)
    del row[field]
    shelf.list(row)
    with pytest.raises(WeightsRefused, match=f"entry 1.* has no '{field}'"):
        manifest.read()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "../a"),
        ("name", "A"),
        ("name", 3),
        ("network", None),
        ("version", ""),
        ("version", "two\nlines"),
        ("size_bytes", "12"),
        ("size_bytes", 12.0),
        ("size_bytes", True),
        ("size_bytes", 0),
        ("size_bytes", None),
        ("sha256", "0" * 63),
        ("sha256", "Z" * 64),
        ("sha256", 5),
        ("licence", 5),
        ("file", "/etc/passwd"),
        ("file", "../a.safetensors"),
        ("file", "folder/a.safetensors"),
        ("file", "folder\\a.safetensors"),
        ("file", "C:a.safetensors"),
        ("file", ".hidden.safetensors"),
        ("file", ""),
        ("file", ["a"]),
    ],
)
def test_bad_field(shelf: Shelf, field: str, value: Any) -> None:
    shelf.list(entry("good"), entry("a", DATA) | {field: value})
    with pytest.raises(WeightsRefused, match=f"{shelf.manifest}: entry 2.*bad '{field}'") as caught:
        manifest.read()
    assert caught.value.exit_code == 5


@pytest.mark.parametrize(
    "source",
    [
        "user",
        None,
        {},
        {"kind": "ftp"},
        {"kind": "user", "url": "https://example.org"},
        {"kind": "https"},
        {"kind": "https", "url": "http://example.org/a.safetensors"},
        {"kind": "https", "url": "http://127.0.0.1.example.org/a.safetensors"},
        {"kind": "https", "url": "http://localhost@example.org/a.safetensors"},
        {"kind": "https", "url": "file:///etc/passwd"},
        {"kind": "https", "url": "https://"},
        {"kind": "https", "url": "https://example.org:port/a.safetensors"},
        {"kind": "https", "url": "https://someone:secret@example.org/a.safetensors"},
        hub(revision="main"),
        hub(repo="../b"),
        hub(repo="/b"),
        hub(file="../../w.safetensors"),
        hub(file="/w.safetensors"),
    ],
)
def test_bad_source(shelf: Shelf, source: Any) -> None:
    shelf.list(entry("a", DATA, source=source))
    with pytest.raises(WeightsRefused, match=r"entry 1 \(?.*source"):
        manifest.read()


@pytest.mark.parametrize(
    "file", ["../a.safetensors", "/a.safetensors", "elsewhere/a.safetensors", "tcvc_cli/a.pth"]
)
def test_embedded_file_stays_in_the_package(shelf: Shelf, file: str) -> None:
    shelf.list(entry("a", DATA, source={"kind": "embedded"}, file=file))
    with pytest.raises(WeightsRefused, match="bad 'file'"):
        manifest.read()


def test_a_pickle_is_never_pulled(shelf: Shelf) -> None:
    shelf.list(entry("a", DATA, source=hub(file="w.pth"), file="w.pth"))
    with pytest.raises(WeightsRefused, match="only those are embedded or pulled"):
        manifest.read()


def test_loopback_may_be_plain_http(shelf: Shelf) -> None:
    shelf.list(entry("a", DATA, source={"kind": "https", "url": "http://127.0.0.1:8000/a.safetensors"}))
    assert manifest.read().find("a").source == Https("http://127.0.0.1:8000/a.safetensors")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not JSON"),
        ('{"schema": 1, "weights": [', "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "is not a JSON object"),
        ('{"weights": []}', "has no 'schema'"),
        ('{"schema": 2, "weights": []}', "another schema"),
        ('{"schema": 1, "weights": {}}', "bad 'weights'"),
        ('{"schema": 1, "weights": [], "more": 1}', "unknown fields: more"),
        ('{"schema": 1, "weights": [7]}', "entry 1 is not a JSON object"),
        ('{"schema": 1, "weights": []}' + " " * manifest.MAX_MANIFEST_BYTES, "is larger than"),
    ],
)
def test_broken_document(shelf: Shelf, text: str, said: str) -> None:
    shelf.manifest.write_text(text)
    with pytest.raises(WeightsRefused, match=said) as caught:
        manifest.read()
    assert str(shelf.manifest) in str(caught.value)


def test_unreadable_document(shelf: Shelf) -> None:
    with pytest.raises(WeightsRefused, match="No such file"):
        manifest.read()
    shelf.manifest.write_bytes(b'{"schema": "\xff"}')
    with pytest.raises(WeightsRefused, match="not UTF-8"):
        manifest.read()


def test_unknown_field_and_twins(shelf: Shelf) -> None:
    shelf.list(entry("a", sha="typo"))
    with pytest.raises(WeightsRefused, match="unknown fields: sha"):
        manifest.read()
    shelf.list(entry("a"), entry("a"))
    with pytest.raises(WeightsRefused, match="two entries named a"):
        manifest.read()


def test_recording_a_trained_file(shelf: Shelf, tmp_path: Path) -> None:
    shelf.list(entry("a", source={"kind": "embedded"}, file="tcvc_cli/model/data/a.safetensors"), entry("b"))
    trained = tmp_path / "trained.safetensors"
    trained.write_bytes(DATA)
    done = subprocess.run(
        [sys.executable, "-m", "tcvc_cli.model.weights.manifest", "update", "a", str(trained)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "12 bytes" in done.stdout
    wanted = entry("a", DATA)
    found = manifest.read().find("a")
    assert (found.size_bytes, found.sha256) == (wanted["size_bytes"], wanted["sha256"])
    assert manifest.as_json(manifest.read().find("b")) == entry("b")


def test_recording_is_for_embedded_files_only(shelf: Shelf, tmp_path: Path) -> None:
    shelf.list(entry("b"))
    before = shelf.manifest.read_bytes()
    with pytest.raises(WeightsRefused, match="b is not embedded"):
        manifest.record_embedded("b", shelf.manifest)
    assert shelf.manifest.read_bytes() == before


def test_an_installed_package_reads_its_own_manifest(tmp_path: Path) -> None:
    package = tmp_path / "site" / "tcvc_cli"
    (package / "model" / "weights").mkdir(parents=True)
    for file in (
        "__init__.py",
        "errors.py",
        "files.py",
        "plain.py",
        "readers.py",
        "reading.py",
        "model/__init__.py",
        "model/weights/__init__.py",
        "model/weights/manifest.py",
    ):
        shutil.copy(Path(manifest.PACKAGE, file), package / file)
    (package / "weights_manifest.json").write_text(json.dumps({"schema": 1, "weights": [entry("installed")]}))
    code = "from tcvc_cli.model.weights.manifest import read; print([e.name for e in read().entries])"
    environment = {**os.environ, "PYTHONPATH": str(package.parent)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "['installed']"
