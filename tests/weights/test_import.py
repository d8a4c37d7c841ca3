"""Checkpoints that a user brings: good ones become safetensors, bad ones leave no trace and run nothing."""

import builtins
import hashlib
import io
import json
import os
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from tcvc_cli.errors import OutputError, WeightsMissing, WeightsRefused
from tcvc_cli.model.colorizer import create
from tcvc_cli.model.weights import pickles
from tcvc_cli.model.weights import store as weights
from tcvc_cli.model.weights.checks import check_state
from tests.material.shelf import Shelf
from tests.material.weights_material import (
    Trap,
    bare_pickle,
    entry,
    mini_safetensors,
    mini_state,
    refusal,
    seconds_at_best,
)

FIRST = "head.logits.weight"


@pytest.fixture
def shelf(shelf: Shelf) -> Shelf:
    """One entry "mine" whose file only the user has."""
    shelf.list(entry("mine", file="official.pth"))
    return shelf


def with_prefix(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {f"module.{name}": tensor for name, tensor in state.items()}


@pytest.mark.parametrize(
    ("name", "wrap", "is_zip"),
    [
        ("official.pth", lambda state: state, True),
        ("old.pth", lambda state: state, False),
        ("Official_checkpoint.pth.tar", lambda state: {"epoch": 3, "state_dict": state, "best": 0.5}, True),
        ("Old_checkpoint.pth.tar", lambda state: {"arch": "x", "state_dict": with_prefix(state)}, False),
    ],
)
def test_official_checkpoint(
    shelf: Shelf, tmp_path: Path, name: str, wrap: Callable[[Any], Any], *, is_zip: bool
) -> None:
    official = tmp_path / name
    torch.save(wrap(mini_state()), official, _use_new_zipfile_serialization=is_zip)

    path = weights.import_file("mine", official)

    assert shelf.names() == {"mine.safetensors", "mine.json"}
    record = json.loads((shelf.cache / "mine.json").read_text())
    assert record["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest() == weights.sha256("mine")
    assert record["size_bytes"] == path.stat().st_size
    assert record["origin_file"] == name
    assert record["origin_sha256"] == hashlib.sha256(official.read_bytes()).hexdigest()
    assert record["imported_at"].startswith("20")
    loaded = weights.load("mine")
    assert loaded.keys() == mini_state().keys()
    assert all(torch.equal(loaded[key], value) for key, value in mini_state().items())
    create("tcvc-mini").load_state_dict(loaded)


def test_safetensors_of_half_precision(shelf: Shelf, tmp_path: Path) -> None:
    mine = tmp_path / "own.safetensors"
    mine.write_bytes(mini_safetensors())
    weights.import_file("mine", mine)
    assert weights.load("mine")[FIRST].dtype == torch.float16
    create("tcvc-mini").load_state_dict(weights.load("mine"))


def test_tensors_that_share_memory(shelf: Shelf, tmp_path: Path) -> None:
    state = dict(mini_state())
    pool = torch.zeros(1_000_000)
    for name, tensor in state.items():
        if tensor.is_floating_point():
            state[name] = pool[: tensor.numel()].view(tensor.shape)
    torch.save(state, tmp_path / "shared.pth")
    weights.import_file("mine", tmp_path / "shared.pth")
    assert not weights.load("mine")[FIRST].any()


def test_import_again_replaces(shelf: Shelf, tmp_path: Path) -> None:
    torch.save(mini_state(), tmp_path / "one.pth")
    weights.import_file("mine", tmp_path / "one.pth")
    first = weights.sha256("mine")
    torch.save(mini_state() | {FIRST: torch.ones_like(mini_state()[FIRST])}, tmp_path / "two.pth")
    weights.import_file("mine", tmp_path / "two.pth")
    assert weights.sha256("mine") != first
    assert weights.load("mine")[FIRST].min() == 1


def test_known_hash_must_be_met(shelf: Shelf, tmp_path: Path) -> None:
    official = tmp_path / "official.pth"
    torch.save(mini_state(), official)
    shelf.list(entry("mine", official.read_bytes(), file="official.pth"))
    weights.import_file("mine", official)
    assert weights.verify("mine").name == "mine.safetensors"
    assert weights.verify_file(official) == "mine"

    changed = bytearray(official.read_bytes())
    changed[len(changed) // 2] ^= 1
    official.write_bytes(changed)
    with pytest.raises(WeightsRefused, match=r"official.pth: its sha256 is"):
        weights.import_file("mine", official)


def test_pulled_kind_may_be_imported_with_its_hash(shelf: Shelf, tmp_path: Path) -> None:
    source = {"kind": "https", "url": "https://example.org/a.safetensors"}
    shelf.list(entry("mine", mini_safetensors(), source=source))
    (tmp_path / "a.safetensors").write_bytes(mini_safetensors())
    path = weights.import_file("mine", tmp_path / "a.safetensors")
    assert path.read_bytes() == mini_safetensors()
    assert shelf.names() == {"mine.safetensors"}


def shouting(marker: Path) -> str:
    return f"touch {marker}"


@pytest.mark.parametrize("is_zip", [True, False])
@pytest.mark.parametrize("place", ["whole", "beside", "inside"])
@pytest.mark.parametrize(
    ("function", "argument", "said"),
    [
        (os.system, "touch {}", "asks for posix.system"),
        (builtins.exec, "__import__('pathlib').Path({!r}).touch()", "asks for exec"),
        (builtins.eval, "__import__('pathlib').Path({!r}).touch()", "asks for eval"),
    ],
)
def test_code_in_a_pickle_never_runs(
    shelf: Shelf, tmp_path: Path, function: Any, argument: str, said: str, place: str, *, is_zip: bool
) -> None:
    marker, file = tmp_path / "it-ran", tmp_path / "evil.pth"
    trap = Trap(function, argument.format(str(marker)))
    content = {
        "whole": trap,
        "beside": {"state_dict": mini_state(), "epoch": trap},
        "inside": mini_state() | {FIRST: trap},
    }
    torch.save(content[place], file, _use_new_zipfile_serialization=is_zip)

    with pytest.raises(WeightsRefused, match=said) as caught:
        weights.import_file("mine", file)

    assert str(file) in str(caught.value)
    assert caught.value.exit_code == 5
    assert not marker.exists()
    assert shelf.names() == set()
    torch.load(file, weights_only=False)  # it would have run
    assert marker.exists()


def test_code_in_a_bare_pickle_never_runs(shelf: Shelf, tmp_path: Path) -> None:
    marker = tmp_path / "it-ran"
    file = bare_pickle({"state_dict": Trap(os.system, shouting(marker))}, tmp_path / "evil.safetensors")
    with pytest.raises(WeightsRefused):
        weights.import_file("mine", file)
    with pytest.raises(WeightsRefused):
        weights.load("mine", file)
    assert not marker.exists()


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
@pytest.mark.parametrize("kind", ["zip", "old", "safetensors"])
def test_truncated(shelf: Shelf, tmp_path: Path, kind: str, share: float) -> None:
    file = tmp_path / "short"
    if kind == "safetensors":
        file.write_bytes(mini_safetensors())
    else:
        torch.save(mini_state(), file, _use_new_zipfile_serialization=kind == "zip")
    os.truncate(file, int(file.stat().st_size * share))
    with pytest.raises(WeightsRefused, match=str(file)):
        weights.import_file("mine", file)
    assert shelf.names() == set()


def without(name: str) -> dict[str, Tensor]:
    return {key: value for key, value in mini_state().items() if key != name}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda: without(FIRST), f"1 names missing, 0 unknown, as {FIRST}"),
        (lambda: mini_state() | {"more": torch.zeros(1)}, "0 names missing, 1 unknown, as more"),
        (lambda: mini_state() | {FIRST: torch.zeros(3, 64, 1, 1)}, rf"{FIRST} is \(3, 64, 1, 1\), not"),
        (lambda: mini_state() | {FIRST: mini_state()[FIRST].double()}, f"{FIRST} is torch.float64, not"),
        (lambda: mini_state() | {FIRST: mini_state()[FIRST].to(torch.int8)}, f"{FIRST} is torch.int8, not"),
        (lambda: mini_state() | {FIRST: mini_state()[FIRST].to_sparse()}, "not a plain tensor"),
        (lambda: mini_state() | {FIRST: mini_state()[FIRST].to("meta")}, "not a plain tensor"),
        (lambda: mini_state() | {FIRST: [1.0, 2.0]}, "not a plain tensor"),
        (lambda: mini_state() | {7: torch.zeros(1)}, "7 is not a plain tensor with a name"),
        (lambda: {"state_dict": {}}, "holds no state dict"),
        (lambda: [torch.zeros(1)], "holds no state dict"),
    ],
)
def test_other_content(shelf: Shelf, tmp_path: Path, change: Callable[[], Any], said: str) -> None:
    file = tmp_path / "other.pth"
    torch.save(change(), file)
    with pytest.raises(WeightsRefused, match=said) as caught:
        weights.import_file("mine", file)
    assert str(file) in str(caught.value)
    assert shelf.names() == set()


def test_published_network_is_checked_by_its_own_table(shelf: Shelf, tmp_path: Path) -> None:
    with torch.device("meta"):
        names = create("tcvc-idc").state_dict()
    state = {name: torch.zeros((), dtype=t.dtype).expand(t.shape) for name, t in names.items()}
    check_state("idc", state)
    del state["weigting.conv3.bias"]
    shelf.list(entry("mine", network="idc", file="80000_G.pth"))
    torch.save(state, tmp_path / "80000_G.pth")
    with pytest.raises(WeightsRefused, match=r"80000_G.pth.*weigting\.conv3\.bias is missing"):
        weights.import_file("mine", tmp_path / "80000_G.pth")


def test_a_network_of_a_later_version(shelf: Shelf, tmp_path: Path) -> None:
    shelf.list(entry("mine", network="tomorrow"))
    torch.save(mini_state(), tmp_path / "w.pth")
    with pytest.raises(WeightsRefused, match="no network 'tomorrow'") as caught:
        weights.import_file("mine", tmp_path / "w.pth")
    assert caught.value.advice == "Update tcvc."


def test_tar_archive(shelf: Shelf, tmp_path: Path) -> None:
    file = tmp_path / "w.pth.tar"
    with tarfile.open(file, "w") as archive:
        archive.addfile(tarfile.TarInfo("storages"), io.BytesIO())
    with pytest.raises(WeightsRefused):
        weights.import_file("mine", file)
    with pytest.raises(WeightsRefused, match="tar archive"):
        pickles.load(file)


def test_archive_that_swells(shelf: Shelf, tmp_path: Path) -> None:
    plain, swelling = tmp_path / "plain.pth", tmp_path / "swelling.pth"
    torch.save({"a": torch.zeros(1_000_000)}, plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(swelling, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.namelist():
            target.writestr(member, source.read(member))
    with pytest.raises(WeightsRefused, match="compressed archive"):
        weights.import_file("mine", swelling)


def test_huge_file_is_refused_unread(shelf: Shelf, tmp_path: Path) -> None:
    huge = tmp_path / "huge.pth"
    huge.touch()
    os.truncate(huge, 1 << 40)
    for use in (
        lambda: weights.import_file("mine", huge),
        lambda: weights.load("mine", huge),
        lambda: weights.verify_file(huge),
    ):
        assert seconds_at_best(refusal(use, WeightsRefused, "1099511627776 bytes")) < 1


@pytest.mark.parametrize("version", ["2.4.0", "2.9.1+cu126"])
def test_torch_with_known_holes_reads_no_pickle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    torch.save({"a": torch.zeros(1)}, tmp_path / "w.pth")
    assert pickles.load(tmp_path / "w.pth").keys() == {"a"}
    monkeypatch.setattr(torch, "__version__", version)
    with pytest.raises(WeightsRefused, match="does not read pickles safely"):
        pickles.load(tmp_path / "w.pth")


def test_nothing_to_import(shelf: Shelf, tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match="there is no file"):
        weights.import_file("mine", tmp_path / "absent.pth")
    with pytest.raises(WeightsMissing, match="there is no file"):
        weights.import_file("mine", tmp_path)
    shelf.list(entry("inner", source={"kind": "embedded"}, file="tcvc_cli/model/data/inner.safetensors"))
    with pytest.raises(WeightsRefused, match="travels inside"):
        weights.import_file("inner", tmp_path)


def test_cache_that_cannot_be_written(shelf: Shelf, tmp_path: Path) -> None:
    torch.save(mini_state(), tmp_path / "w.pth")
    shelf.cache.write_text("a file where the folder should be")
    with pytest.raises(OutputError, match="cannot be written") as caught:
        weights.import_file("mine", tmp_path / "w.pth")
    assert "TCVC_WEIGHTS_DIR" in caught.value.advice


def test_what_is_kept_is_what_was_checked(shelf: Shelf, tmp_path: Path) -> None:
    """The converted file holds the tensors and nothing else of the checkpoint."""
    torch.save({"state_dict": mini_state(), "note": "private"}, tmp_path / "w.pth")
    path = weights.import_file("mine", tmp_path / "w.pth")
    assert load_file(path).keys() == mini_state().keys()
    assert b"private" not in path.read_bytes()
