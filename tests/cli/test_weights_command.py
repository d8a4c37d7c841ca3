"""`tcvc weights` as a person or a script meets it: what is printed where, and the exit code."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save

from tcvc_cli.cli.main import main
from tests.material.shelf import Shelf
from tests.material.weights_material import Trap, entry, mini_state

DATA = save({"a": torch.arange(1000.0)})
WEB = {"kind": "https", "url": "https://example.org/web.safetensors"}


@pytest.fixture
def shelf(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    monkeypatch.setenv("COLUMNS", "200")
    shelf.list(entry("web", DATA, source=WEB), entry("own", file="own.pth", licence=None))
    shelf.cache.mkdir()
    return shelf


def put(shelf: Shelf, data: bytes = DATA) -> Path:
    path = shelf.cache / "web.safetensors"
    path.write_bytes(data)
    return path


def changed(data: bytes) -> bytes:
    return data[:2000] + bytes([data[2000] ^ 1]) + data[2001:]


Captured = pytest.CaptureFixture[str]


def test_list_is_a_table(shelf: Shelf, capsys: Captured) -> None:
    put(shelf)
    assert main(["weights", "list"]) == 0
    header, web, own = capsys.readouterr().out.splitlines()
    assert header.split()[:3] == ["name", "here", "size"]
    assert web.split()[:5] == ["web", "cache", "0.0", "MiB", "https"]
    assert own.split()[:6] == ["own", "no", "not", "known", "user", "none"]


def test_list_as_json(shelf: Shelf, capsys: Captured) -> None:
    path = put(shelf)
    assert main(["weights", "list", "--json"]) == 0
    web, own = map(json.loads, capsys.readouterr().out.splitlines())
    assert web == entry("web", DATA, source=WEB) | {"schema": 1, "path": str(path)}
    assert own == entry("own", file="own.pth", licence=None) | {"schema": 1, "path": None}


def test_list_of_this_version(capsys: Captured) -> None:
    assert main(["weights", "list", "--json"]) == 0
    names = [json.loads(line)["name"] for line in capsys.readouterr().out.splitlines()]
    assert names[:5] == ["tcvc-dino", "tcvc-mini", "tcvc-places", "tcvc-points", "tcvc-idc"]


def test_show(shelf: Shelf, capsys: Captured) -> None:
    assert main(["weights", "show", "own"]) == 0
    said = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert (said["file"], said["licence"], said["path"]) == ("own.pth", "none stated", "not here")
    assert said["sha256"] == "not known to tcvc"
    assert main(["weights", "show", "web", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["source"] == WEB


@pytest.mark.parametrize("what", ["web", "FILE", None])
def test_verify_of_a_whole_file(shelf: Shelf, capsys: Captured, what: str | None) -> None:
    path = put(shelf)
    arguments = {"FILE": [str(path)], None: []}.get(what, [str(what)])
    assert main(["weights", "verify", *arguments]) == 0
    assert capsys.readouterr().out == f"ok  web  {path}\n"


@pytest.mark.parametrize("what", ["web", "FILE", None])
def test_verify_with_one_changed_byte(shelf: Shelf, capsys: Captured, what: str | None) -> None:
    path = put(shelf, changed(DATA))
    arguments = {"FILE": [str(path)], None: []}.get(what, [str(what)])
    assert main(["weights", "verify", *arguments]) == 5
    said = capsys.readouterr()
    assert said.out == ""
    assert str(path) in said.err


def test_verify_tells_good_and_bad(shelf: Shelf, capsys: Captured) -> None:
    path = put(shelf, changed(DATA))
    torch.save(mini_state(), shelf.folder / "own.pth")
    assert main(["weights", "import", "own", str(shelf.folder / "own.pth")]) == 0
    capsys.readouterr()
    assert main(["weights", "verify"]) == 5
    said = capsys.readouterr()
    assert said.out == f"ok  own  {shelf.cache / 'own.safetensors'}\n"
    assert said.err.splitlines()[-1].startswith(f"tcvc: error: not what they should be: {path}.")


def test_verify_of_nothing_known(shelf: Shelf, capsys: Captured) -> None:
    assert main(["weights", "verify", "nothing"]) == 5
    assert "neither weights nor a file named nothing" in capsys.readouterr().err
    assert main(["weights", "verify", str(shelf.manifest)]) == 5
    assert str(shelf.manifest) in capsys.readouterr().err


def test_import_and_path(shelf: Shelf, capsys: Captured) -> None:
    assert main(["weights", "path", "own"]) == 5
    assert "tcvc weights import own own.pth" in capsys.readouterr().err
    torch.save({"state_dict": mini_state()}, shelf.folder / "own.pth.tar")
    assert main(["weights", "import", "own", str(shelf.folder / "own.pth.tar")]) == 0
    imported = capsys.readouterr().out
    assert main(["weights", "path", "own"]) == 0
    assert capsys.readouterr().out == imported == f"{shelf.cache / 'own.safetensors'}\n"
    record = json.loads((shelf.cache / "own.json").read_text())
    assert record["sha256"] == hashlib.sha256(Path(imported.strip()).read_bytes()).hexdigest()


@pytest.mark.slow
def test_evil_checkpoint_is_one_line_and_exit_5(shelf: Shelf) -> None:
    marker, file = shelf.folder / "it-ran", shelf.folder / "80000_G.pth"
    torch.save({"state_dict": Trap(os.system, f"touch {marker}")}, file)
    command = [sys.executable, "-m", "tcvc_cli", "weights", "import", "own", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr == (
        f"tcvc: error: {file} holds more than tensors: it asks for {os.system.__module__}.system. "
        "Get the file again from its source; nothing in it was run.\n"
    )
    assert not marker.exists()


def test_pull_of_what_only_the_user_has(shelf: Shelf, capsys: Captured) -> None:
    assert main(["weights", "pull", "own"]) == 5
    assert "tcvc weights import own own.pth" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "no command given"),
        (["show"], 2, "Missing argument"),
        (["show", "nobody"], 5, "Choose one of: web, own."),
        (["import", "own", "absent.pth"], 5, "there is no file absent.pth"),
        (["polish"], 2, "polish"),
    ],
)
def test_misuse(shelf: Shelf, capsys: Captured, arguments: list[str], code: int, said: str) -> None:
    assert main(["weights", *arguments]) == code
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_broken_manifest(shelf: Shelf, capsys: Captured) -> None:
    shelf.manifest.write_text("{")
    assert main(["weights", "list"]) == 5
    assert str(shelf.manifest) in capsys.readouterr().err


def test_help_names_every_command(capsys: Captured) -> None:
    assert main(["weights", "--help"]) == 0
    said = capsys.readouterr().out
    assert all(f" {word} " in said for word in ("list", "show", "pull", "verify", "import", "path"))
