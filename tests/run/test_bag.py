"""`tcvc bag`: a valid bag, whole or not there at all."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import bagit
import pytest

from tcvc_cli.cli.main import main
from tcvc_cli.errors import OutputBusy
from tcvc_cli.names import work_folder_of
from tcvc_cli.run.resume import work_folder as work
from tests.material.media_sources import Source, make

QUICK = ["--model-size", "64", "--device", "cpu", "-q"]
SOURCE = Source(frames=3, time_base=Fraction(1, 24), audio=("aac",))
PAYLOAD = {"original/film.mkv", "result/film.color.mkv", "result/film.color.mkv.json"}
PROOF, PREMIS = "result/film.color.mkv.proof.json", "result/film.color.mkv.premis.xml"


@pytest.fixture(scope="module")
def colored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a film, its result and the provenance of both."""
    folder = tmp_path_factory.mktemp("bag")
    film = make(folder / "film.mkv", SOURCE)
    assert main(["colorize", str(film), "--preset", "master", "--proof", "--premis", *QUICK]) == 0
    return folder


@pytest.fixture
def folder(colored: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(colored, tmp_path / "films"))


def pack(folder: Path, *options: str) -> int:
    return main(["bag", str(folder / "film.mkv"), str(folder / "film.color.mkv"), *options])


def payload(bag: Path) -> set[str]:
    return {str(path.relative_to(bag / "data")) for path in (bag / "data").rglob("*") if path.is_file()}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_bag_is_valid_and_holds_everything(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert pack(folder, "--info", "Source-Organization=An archive") == 0
    bag = folder / "film.color.mkv.bag"
    assert capsys.readouterr().err.startswith(f"{bag}: 5 files, ")
    bagit.Bag(str(bag)).validate()
    assert payload(bag) == PAYLOAD | {PROOF, PREMIS}
    for line in (bag / "manifest-sha256.txt").read_text().splitlines():
        digest, path = line.split("  ")
        assert hashlib.sha256((bag / path).read_bytes()).hexdigest() == digest
        assert (bag / path).read_bytes() == before[Path(path).name]
    info = (bag / "bag-info.txt").read_text()
    assert "Source-Organization: An archive" in info
    assert "Bag-Software-Agent: tcvc " in info
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
    film, result = bag / "data" / "original" / "film.mkv", bag / "data" / "result" / "film.color.mkv"
    assert main(["verify", str(film), str(result), "--strict"]) == 0


def test_a_changed_byte_makes_a_bag_invalid(folder: Path) -> None:
    assert pack(folder, "-o", str(folder / "bag")) == 0
    path = folder / "bag" / "data" / "original" / "film.mkv"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(folder / "bag")).validate()


def test_without_a_proof_one_is_made(folder: Path) -> None:
    (folder / "film.color.mkv.proof.json").unlink()
    (folder / "film.color.mkv.premis.xml").unlink()
    assert pack(folder, "-o", str(folder / "bag")) == 0
    assert payload(folder / "bag") == PAYLOAD | {PROOF}
    proof = json.loads((folder / "bag" / "data" / PROOF).read_text())
    assert proof["holds"] is True
    assert proof["original"]["file"] == "film.mkv"


def test_a_proof_of_other_files_is_not_taken(folder: Path) -> None:
    path = folder / "film.color.mkv.proof.json"
    proof = json.loads(path.read_text())
    proof["result"]["sha256"] = "0" * 64
    path.write_text(json.dumps(proof))
    assert pack(folder, "-o", str(folder / "bag")) == 0
    assert json.loads((folder / "bag" / "data" / PROOF).read_text())["result"]["sha256"] != "0" * 64


def spoil_result(folder: Path) -> None:
    path = folder / "film.color.mkv"
    path.write_bytes(path.read_bytes() + b"\0")


def lose_sidecar(folder: Path) -> None:
    (folder / "film.color.mkv.json").unlink()


def fail_the_proof(folder: Path) -> None:
    """A result of another film, with a sidecar that takes it for this one's."""
    other = make(folder / "film.color.mkv", Source(frames=2, codec="ffv1"))
    (folder / "film.color.mkv.proof.json").unlink()
    path = folder / "film.color.mkv.json"
    sidecar = json.loads(path.read_text())
    sidecar["result"]["sha256"] = hashlib.sha256(other.read_bytes()).hexdigest()
    path.write_text(json.dumps(sidecar))


@pytest.mark.parametrize(("spoil", "code"), [(spoil_result, 3), (lose_sidecar, 3), (fail_the_proof, 7)])
def test_what_does_not_fit_is_not_packed(
    folder: Path, capsys: pytest.CaptureFixture[str], spoil: Callable[..., Any], code: int
) -> None:
    spoil(folder)
    before = names(folder)
    assert pack(folder) == code
    assert capsys.readouterr().err.count("\n") == 1
    assert names(folder) == before


def test_what_is_there_is_not_touched(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "bag").mkdir()
    assert pack(folder, "-o", str(folder / "bag")) == 4
    assert pack(folder, "-o", str(folder / "none" / "bag")) == 4
    assert pack(folder, "--info", "nonsense") == 2
    assert list((folder / "bag").iterdir()) == []


def test_without_the_package_it_says_what_to_install(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "bagit", None)
    assert pack(folder) == 2
    assert "pip install bagit" in capsys.readouterr().err


KILLED = """
import os, shutil, signal, sys
copy = shutil.copy2
def slow(source, target):
    copy(source, target)
    if os.path.basename(source) == "film.color.mkv":
        os.kill(os.getpid(), signal.SIGKILL)
shutil.copy2 = slow
from tcvc_cli.cli.main import main
main(["bag", "film.mkv", "film.color.mkv"])
"""


@pytest.fixture
def killed(folder: Path) -> Path:
    """The folder after a `bag` that was killed between two copies."""
    ended = subprocess.run([sys.executable, "-c", KILLED], cwd=folder, check=False)
    assert ended.returncode == -signal.SIGKILL
    return folder


def left_in(folder: Path) -> Path:
    (found,) = (path for path in folder.iterdir() if path.is_dir())
    return found


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")
def test_what_a_killed_one_leaves_is_seen_and_removed(
    killed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left = left_in(killed)
    assert (left / "bag-draft" / "result" / "film.color.mkv").is_file()
    capsys.readouterr()
    assert main(["clean", str(killed), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["folder"], told["output"]) == (str(left), str(killed / "film.color.mkv.bag"))
    copied = sum((killed / name).stat().st_size for name in ("film.mkv", "film.color.mkv"))
    assert told["size_bytes"] > copied
    stranger = left / "bag-draft" / "result" / "holiday.jpg"
    stranger.write_text("mine")
    assert main(["clean", str(killed), "--remove", "--yes"]) == 0
    assert stranger.read_text() == "mine"
    assert pack(killed) == 4
    stranger.unlink()
    before = names(killed)
    shutil.copytree(left, killed / "x" / left.name)
    assert pack(killed) == 0
    assert names(killed) == before - {left.name} | {"film.color.mkv.bag", "x"}
    assert main(["clean", str(killed), "-r", "--remove", "--yes"]) == 0
    assert not list((killed / "x").iterdir())
    assert names(killed) == before - {left.name} | {"film.color.mkv.bag", "x"}


@pytest.mark.skipif(sys.platform == "win32", reason="links")
@pytest.mark.parametrize("place", ["bag-draft", "bag-draft/original", "bag-draft/original/film.mkv"])
def test_a_link_in_a_draft_is_not_followed(place: str, folder: Path) -> None:
    bag = folder / "film.color.mkv.bag"
    left, theirs = work_folder_of(bag), folder / "theirs"
    (theirs / "original").mkdir(parents=True)
    (theirs / "original" / "film.mkv").write_text("theirs")
    with work.reserved(left, folder / "film.mkv", bag):
        (left / place).parent.mkdir(parents=True, exist_ok=True)
        (left / place).symlink_to(theirs / place.removeprefix("bag-draft").removeprefix("/"))
    assert main(["clean", str(folder), "--remove", "--yes"]) == 0
    assert pack(folder) == 4
    assert (theirs / "original" / "film.mkv").read_text() == "theirs"
    assert (left / place).is_symlink()


def test_one_bag_is_packed_by_one_process(folder: Path) -> None:
    bag = folder / "film.color.mkv.bag"
    with work.reserved(work_folder_of(bag), folder / "film.mkv", bag):
        assert pack(folder) == OutputBusy.exit_code
    assert pack(folder) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes")
def test_names_that_no_list_of_a_bag_can_hold(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film = (folder / "film.mkv").rename(folder / "film\udcff.mkv")
    before = names(folder)
    assert main(["bag", str(film), str(folder / "film.color.mkv")]) == 3
    assert "is no UTF-8, in which a bag lists its files. Give it another name." in capsys.readouterr().err
    assert names(folder) == before
