"""Files that are here: where they are looked for, and that none is used which is not what it should be."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save, save_file

from tcvc_cli.errors import UnknownModel, WeightsMissing, WeightsRefused
from tcvc_cli.model.weights import cache, manifest
from tcvc_cli.model.weights import store as weights
from tests.material.shelf import Shelf
from tests.material.weights_material import (
    entry,
    mini_safetensors,
    mini_state,
    refusal,
    seconds_at_best,
)

URL = {"kind": "https", "url": "https://example.org/w.safetensors"}
EMBEDDED = {"kind": "embedded"}
ONE = save({"a": torch.arange(1000.0)})
TWO = save({"a": torch.arange(1000.0) + 1})
INNER = "tcvc_cli/model/data/inner.safetensors"


@pytest.fixture
def shelf(shelf: Shelf) -> Shelf:
    """ "one" and "two" as if pulled, "own" as if only the user had it, "whole" a real network's."""
    shelf.list(
        entry("one", ONE, source=URL),
        entry("two", TWO, source=URL),
        entry("whole", mini_safetensors(), source=URL),
        entry("own", file="own.pth"),
        entry("unknown", source=URL),
    )
    shelf.cache.mkdir()
    return shelf


def put(shelf: Shelf, name: str, data: bytes) -> Path:
    path = shelf.cache / f"{name}.safetensors"
    path.write_bytes(data)
    return path


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def import_own(shelf: Shelf) -> Path:
    torch.save(mini_state(), shelf.folder / "own.pth")
    return weights.import_file("own", shelf.folder / "own.pth")


def test_whole_file_is_found_and_loaded(shelf: Shelf) -> None:
    path = put(shelf, "whole", mini_safetensors())
    assert weights.find("whole").path == path == weights.verify("whole")
    assert weights.load("whole").keys() == mini_state().keys()


@pytest.mark.parametrize("at", [0, 100, len(ONE) // 2, len(ONE) - 1])
def test_one_changed_byte(shelf: Shelf, at: int) -> None:
    path = put(shelf, "one", ONE)
    flip(path, at)
    for use in (weights.verify, weights.load):
        with pytest.raises(WeightsRefused) as caught:
            use("one")
        assert str(path) in str(caught.value)
        assert (caught.value.exit_code, caught.value.advice) == (5, "Run: tcvc weights pull one")


def test_a_change_is_seen_whatever_the_clock_says(shelf: Shelf) -> None:
    path = put(shelf, "one", ONE)
    weights.verify("one")
    before = path.stat()
    flip(path, 500)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(WeightsRefused, match="sha256"):
        weights.verify("one")


@pytest.mark.parametrize("length", [0, 7, len(ONE) - 1])
def test_truncated(shelf: Shelf, length: int) -> None:
    path = put(shelf, "one", ONE[:length])
    with pytest.raises(WeightsRefused, match=f"{path} has {length} bytes, not {len(ONE)}"):
        weights.load("one")


def test_oversize_is_refused_unread(shelf: Shelf) -> None:
    path = put(shelf, "one", ONE)
    os.truncate(path, 1 << 40)
    load = refusal(lambda: weights.load("one"), WeightsRefused, "1099511627776 bytes, not")
    assert seconds_at_best(load) < 1


def test_swapped_files_say_which_they_are(shelf: Shelf) -> None:
    put(shelf, "one", TWO)
    put(shelf, "two", ONE)
    with pytest.raises(WeightsRefused, match=r"one\.safetensors holds two"):
        weights.load("one")
    with pytest.raises(WeightsRefused, match=r"two\.safetensors holds one"):
        weights.load("two")


def test_renamed_pickle_is_not_opened(shelf: Shelf) -> None:
    torch.save(mini_state(), put(shelf, "whole", b""))
    with pytest.raises(WeightsRefused, match=r"whole\.safetensors"):
        weights.load("whole")


def test_renamed_own_file(shelf: Shelf) -> None:
    path = import_own(shelf)
    path.rename(shelf.cache / "one.safetensors")
    with pytest.raises(WeightsRefused, match=r"one\.safetensors"):
        weights.load("one")
    with pytest.raises(WeightsMissing):
        weights.load("own")


@pytest.mark.parametrize("is_relative", [True, False])
def test_link_out_of_the_cache(shelf: Shelf, *, is_relative: bool) -> None:
    outside = shelf.folder / "elsewhere.safetensors"
    outside.write_bytes(ONE)
    target = Path("..", outside.name) if is_relative else outside
    (shelf.cache / "one.safetensors").symlink_to(target)
    with pytest.raises(WeightsRefused, match=r"link out of the weights folder.*elsewhere"):
        weights.load("one")


def test_broken_link_and_link_inside(shelf: Shelf) -> None:
    (shelf.cache / "one.safetensors").symlink_to(shelf.folder / "nothing")
    with pytest.raises(WeightsRefused, match="link out of"):
        weights.load("one")
    (shelf.cache / "whole.safetensors").symlink_to("blob")
    (shelf.cache / "blob").write_bytes(mini_safetensors())
    assert weights.load("whole")


def test_cache_folder_may_be_a_link(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    put(shelf, "one", ONE)
    (shelf.folder / "link").symlink_to(shelf.cache)
    monkeypatch.setenv("TCVC_WEIGHTS_DIR", str(shelf.folder / "link"))
    assert weights.verify("one").parent.name == "link"


def test_own_file_is_held_to_its_record(shelf: Shelf) -> None:
    path = import_own(shelf)
    assert weights.load("own")
    flip(path, 5_000_000)
    with pytest.raises(WeightsRefused, match=r"own\.safetensors"):
        weights.load("own")


@pytest.mark.parametrize(
    "change",
    [
        lambda record: None,
        lambda record: "{",
        lambda record: "[]",
        lambda record: json.dumps(record | {"name": "two"}),
        lambda record: json.dumps(record | {"sha256": None}),
        lambda record: json.dumps(record | {"size_bytes": "5"}),
        lambda record: json.dumps(record | {"more": 1}),
        lambda record: json.dumps({key: value for key, value in record.items() if key != "sha256"}),
    ],
)
def test_damaged_record(shelf: Shelf, change: Any) -> None:
    import_own(shelf)
    record = shelf.cache / "own.json"
    text = change(json.loads(record.read_text()))
    record.unlink() if text is None else record.write_text(text)
    with pytest.raises(WeightsRefused, match=r"own\.json is missing or damaged") as caught:
        weights.load("own")
    assert caught.value.advice == "Run: tcvc weights import own FILE"


def test_record_behind_a_link(shelf: Shelf) -> None:
    import_own(shelf)
    (shelf.cache / "own.json").rename(shelf.folder / "own.json")
    (shelf.cache / "own.json").symlink_to(shelf.folder / "own.json")
    with pytest.raises(WeightsRefused, match="link out of"):
        weights.load("own")


@pytest.mark.parametrize(
    ("name", "said", "advice"),
    [
        ("one", "one is not here yet", "Run: tcvc weights pull one"),
        ("own", "own.pth comes from its authors", "run: tcvc weights import own own.pth"),
        ("unknown", "has no hash that tcvc knows", "run: tcvc weights import unknown unknown.safetensors"),
    ],
)
def test_missing_file_says_how_to_get_it(shelf: Shelf, name: str, said: str, advice: str) -> None:
    with pytest.raises(WeightsMissing, match=said) as caught:
        weights.load(name)
    assert advice in caught.value.advice


def test_unknown_name(shelf: Shelf) -> None:
    with pytest.raises(UnknownModel, match="'three'"):
        weights.load("three")


def embed(shelf: Shelf, monkeypatch: pytest.MonkeyPatch, data: bytes | None) -> Path:
    """A package folder with one embedded file, listed with the hash of `data`."""
    package = shelf.folder / "site" / "tcvc_cli"
    monkeypatch.setattr(manifest, "PACKAGE", package)
    shelf.list(entry("inner", data, source=EMBEDDED, file=INNER))
    path = package.parent / INNER
    path.parent.mkdir(parents=True)
    path.write_bytes(mini_safetensors())
    return path


def test_embedded_file(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    path = embed(shelf, monkeypatch, mini_safetensors())
    put(shelf, "inner", TWO)  # the package comes before the cache
    assert (weights.find("inner").place, weights.pull("inner")) == ("embedded", path)
    assert weights.load("inner").keys() == mini_state().keys()
    flip(path, 1_000_000)
    with pytest.raises(WeightsRefused, match=str(path)):
        weights.load("inner")
    path.unlink()
    with pytest.raises(WeightsMissing, match="belongs to tcvc"):
        weights.load("inner")
    assert [verdict.error is None for verdict in weights.verify_all()] == [False]


def test_embedded_file_without_a_hash(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    embed(shelf, monkeypatch, None)
    with pytest.raises(WeightsRefused, match="no hash") as caught:
        weights.load("inner")
    assert "python -m tcvc_cli.model.weights.manifest update inner" in caught.value.advice


def test_own_path_comes_first(shelf: Shelf) -> None:
    put(shelf, "whole", mini_safetensors())
    mine = shelf.folder / "mine.pth"
    torch.save(mini_state() | {"head.sharpness": torch.tensor(3.0)}, mine)
    assert weights.load("whole", mine)["head.sharpness"] == 3
    assert weights.load("whole")["head.sharpness"] == 1
    assert weights.sha256("whole", mine) == cache.sha256_of(mine) != weights.sha256("whole")
    with pytest.raises(WeightsMissing, match="there is no file"):
        weights.load("whole", shelf.folder / "absent.pth")


def header(text: bytes, length: int | None = None) -> bytes:
    return (len(text) if length is None else length).to_bytes(8, "little") + text


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 8,
        b"\xff" * 8 + b"{}",
        header(b"{}", 1 << 62),
        header(b"{}", 200_000_000),
        header(b"not json at all"),
        header(b"[]"),
        header(b'{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}') + bytes(4),
        header(b'{"a": {"dtype": "F32", "shape": [999999999999], "data_offsets": [0, 8]}}') + bytes(8),
        header(b'{"a": {"dtype": "F32", "shape": [2], "data_offsets": [8, 0]}}') + bytes(8),
        header(b'{"a": {"dtype": "F99", "shape": [2], "data_offsets": [0, 8]}}') + bytes(8),
        header(b'{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}') + bytes(12),
        header(b'{"a": {"dtype": "F32", "shape": [-2], "data_offsets": [0, 8]}}') + bytes(8),
        header(b"[" * 100_000),
    ],
)
def test_absurd_safetensors(shelf: Shelf, data: bytes) -> None:
    file = shelf.folder / "absurd.safetensors"
    file.write_bytes(data)
    load = refusal(lambda: weights.load("whole", file), WeightsRefused, str(file))
    assert seconds_at_best(load) < 1


def test_right_hash_of_another_network(shelf: Shelf) -> None:
    put(shelf, "one", ONE)
    weights.verify("one")
    with pytest.raises(WeightsRefused, match=r"not the weights of mini"):
        weights.load("one")


def test_verify_a_file_by_its_content(shelf: Shelf) -> None:
    anywhere = shelf.folder / "download (1)"
    anywhere.write_bytes(ONE)
    assert weights.verify_file(anywhere) == "one"
    flip(anywhere, 300)
    with pytest.raises(WeightsRefused, match=r"download \(1\)"):
        weights.verify_file(anywhere)
    imported = import_own(shelf)
    assert weights.verify_file(imported) == "own" == weights.verify_file(shelf.folder / "own.pth")


def test_a_damaged_record_does_not_hide_other_files(shelf: Shelf) -> None:
    import_own(shelf)
    (shelf.cache / "own.json").write_text("{")
    anywhere = shelf.folder / "copy"
    anywhere.write_bytes(TWO)
    assert weights.verify_file(anywhere) == "two"


def test_verify_all_tells_every_file(shelf: Shelf) -> None:
    put(shelf, "one", ONE)
    flip(put(shelf, "two", TWO), 50)
    verdicts = {verdict.name: verdict.error for verdict in weights.verify_all()}
    assert verdicts.keys() == {"one", "two"}
    assert verdicts["one"] is None
    assert "two.safetensors" in str(verdicts["two"])


def test_default_cache_folder(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TCVC_WEIGHTS_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(shelf.folder))
    monkeypatch.setattr(sys, "platform", "linux")
    assert cache.folder() == shelf.folder / "tcvc" / "weights"


def test_looking_needs_no_torch(shelf: Shelf) -> None:
    put(shelf, "one", ONE)
    code = (
        "import sys; from tcvc_cli.model.weights import store; store.survey(); list(store.verify_all());"
        "print([m for m in ('torch', 'numpy', 'huggingface_hub', 'safetensors') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_file_without_permission(shelf: Shelf) -> None:
    file = shelf.folder / "w.safetensors"
    save_file({"a": torch.zeros(1)}, file)
    file.chmod(0)
    if os.access(file, os.R_OK):  # root reads everything
        file.unlink()
        file.symlink_to("/proc/self/mem")
    with pytest.raises((WeightsRefused, WeightsMissing), match=str(file)):
        weights.load("whole", file)
