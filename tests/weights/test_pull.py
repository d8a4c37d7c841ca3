"""Downloads from a real server on this machine: a hub with its CDN, and a plain address."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants, hf_hub_download

from tcvc_cli.errors import OutputError, WeightsMissing, WeightsRefused
from tcvc_cli.model.colorizer import create
from tcvc_cli.model.weights import fetch
from tcvc_cli.model.weights import store as weights
from tests.material.shelf import Shelf
from tests.material.weights_material import (
    entry,
    mini_safetensors,
    mini_state,
    refusal,
    seconds_at_best,
)
from tests.material.weights_server import REPO, REVISION, Server, serving

pytestmark = pytest.mark.slow

DATA = mini_safetensors()
FILE = "steady.safetensors"
HUB = {"kind": "huggingface", "repo": REPO, "revision": REVISION, "file": FILE}
TOKEN = "hf_secret"


@pytest.fixture
def server() -> Iterator[Server]:
    with serving({FILE: DATA}) as running:
        yield running


@pytest.fixture
def shelf(shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server) -> Shelf:
    """ "hub" and "web": the same file from the hub and from a plain address."""
    shelf.list(
        entry("hub", DATA, source=HUB),
        entry("web", DATA, source={"kind": "https", "url": server.url(FILE)}),
    )
    monkeypatch.setenv("HF_ENDPOINT", server.endpoint)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub-cache"))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub-cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    return shelf


BOTH = pytest.mark.parametrize("name", ["hub", "web"])


@BOTH
def test_pull_and_load(shelf: Shelf, name: str) -> None:
    path = weights.pull(name)
    assert path == shelf.cache / f"{name}.safetensors"
    assert path.read_bytes() == DATA
    assert shelf.names() == {path.name}
    loaded = weights.load(name)
    assert loaded.keys() == mini_state().keys()
    create("tcvc-mini").load_state_dict(loaded)


def test_the_hub_is_asked_once_and_its_cdn_once(shelf: Shelf, server: Server) -> None:
    weights.pull("hub")
    seen = [(asked.method, asked.path, asked.status) for asked in server.asked]
    assert seen == [("HEAD", f"/{REPO}/resolve/{REVISION}/{FILE}", 302), ("GET", f"/cdn/{FILE}", 200)]


def test_the_token_goes_to_the_hub_alone(shelf: Shelf, server: Server) -> None:
    weights.pull("hub")
    assert [asked.authorization for asked in server.asked] == [f"Bearer {TOKEN}", None]


@BOTH
def test_second_pull_asks_nobody(shelf: Shelf, server: Server, name: str) -> None:
    weights.pull(name)
    server.asked.clear()
    assert weights.pull(name).is_file()
    assert server.asked == []


@BOTH
def test_progress_is_told(shelf: Shelf, name: str) -> None:
    told: list[tuple[int, int]] = []
    weights.pull(name, on_progress=lambda here, total: told.append((here, total)))
    assert told == sorted(told)
    assert told[-1] == (len(DATA), len(DATA))


@BOTH
def test_a_broken_line_is_taken_up_again(shelf: Shelf, server: Server, name: str) -> None:
    server.break_after = [1_000_000, 2_000_000]
    assert weights.pull(name).read_bytes() == DATA
    assert [asked.range for asked in server.bodies] == [None, "bytes=1000000-", "bytes=3000000-"]
    assert [asked.status for asked in server.bodies] == [200, 206, 206]
    assert server.bytes_served == len(DATA)


@BOTH
def test_a_later_pull_goes_on(
    shelf: Shelf, server: Server, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "RETRIES", 0)
    server.break_after = [4_000_000]
    with pytest.raises(WeightsMissing, match="broke off") as caught:
        weights.pull(name)
    assert "to go on" in caught.value.advice
    assert f"{name}.safetensors" not in shelf.names()

    assert weights.pull(name).read_bytes() == DATA
    assert server.bodies[-1].range == "bytes=4000000-"
    assert server.bytes_served == len(DATA)
    assert shelf.names() == {f"{name}.safetensors"}


@BOTH
def test_ctrl_c_keeps_what_came(shelf: Shelf, server: Server, name: str) -> None:
    def stop(here: int, total: int) -> None:
        if here > total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        weights.pull(name, on_progress=stop)
    (part,) = (shelf.cache / leftover for leftover in shelf.names())
    kept = part.stat().st_size
    assert kept > len(DATA) // 2

    assert weights.pull(name).read_bytes() == DATA
    assert server.bodies[-1].range == f"bytes={kept}-"


@BOTH
def test_a_killed_pull_goes_on(shelf: Shelf, server: Server, name: str) -> None:
    code = (
        "import os, sys; from tcvc_cli.model.weights import store as weights;"
        "weights.pull(sys.argv[1], on_progress=lambda here, total: here > total // 2 and os._exit(9))"
    )
    done = subprocess.run([sys.executable, "-c", code, name], check=False)
    assert done.returncode == 9
    assert f"{name}.safetensors" not in shelf.names()
    assert weights.pull(name).read_bytes() == DATA
    assert server.bodies[-1].body_bytes < len(DATA) * 0.6


@BOTH
def test_a_host_without_ranges_starts_anew(shelf: Shelf, server: Server, name: str) -> None:
    server.ignores_ranges = True
    server.break_after = [3_000_000]
    assert weights.pull(name).read_bytes() == DATA
    assert [asked.status for asked in server.bodies] == [200, 200]


@BOTH
def test_a_line_that_always_breaks(
    shelf: Shelf, server: Server, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "RETRIES", 2)
    server.break_after = [100] * 20
    with pytest.raises(WeightsMissing, match="broke off 3 times"):
        weights.pull(name)
    assert len(server.bodies) == 3


@BOTH
def test_one_wrong_byte_is_refused_and_nothing_kept(shelf: Shelf, server: Server, name: str) -> None:
    wrong = bytearray(DATA)
    wrong[-5] ^= 1
    server.files[FILE] = bytes(wrong)
    if name == "hub":  # metadata that tell the truth would be refused before a byte is sent
        server.said_etag = str(entry("x", DATA)["sha256"])
    with pytest.raises(WeightsRefused, match=r"sha256 is .* not"):
        weights.pull(name)
    assert server.bytes_served == len(DATA)
    assert shelf.names() == set()


@BOTH
def test_a_part_that_went_wrong_is_not_built_upon_twice(shelf: Shelf, server: Server, name: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        weights.pull(name, on_progress=interrupt)
    (part,) = (shelf.cache / leftover for leftover in shelf.names())
    part.write_bytes(bytes(part.stat().st_size))
    with pytest.raises(WeightsRefused, match="sha256"):
        weights.pull(name)
    assert weights.pull(name).read_bytes() == DATA


def interrupt(here: int, total: int) -> None:
    raise KeyboardInterrupt


def test_metadata_of_another_file_are_refused_at_once(shelf: Shelf, server: Server) -> None:
    server.files[FILE] = DATA[:-1] + b"x"
    with pytest.raises(WeightsRefused, match="another file than the manifest states"):
        weights.pull("hub")
    server.said_size = len(DATA) + 1
    with pytest.raises(WeightsRefused, match=f"has a file of {len(DATA) + 1} bytes"):
        weights.pull("hub")
    assert server.bytes_served == 0
    assert shelf.names() == set()


def test_small_files_have_a_git_hash_for_an_etag(shelf: Shelf, server: Server) -> None:
    server.said_etag = "0" * 40
    assert weights.pull("hub").read_bytes() == DATA


@BOTH
@pytest.mark.parametrize("change", [-1, 1, 50_000_000])
def test_another_size_is_refused_before_the_body(
    shelf: Shelf, server: Server, name: str, change: int
) -> None:
    server.files[FILE] = DATA[:change] if change < 0 else DATA + bytes(change)
    server.said_size, server.said_etag = len(DATA), str(entry("x", DATA)["sha256"])
    with pytest.raises(WeightsRefused, match=f"{len(DATA) + change} bytes, the manifest states {len(DATA)}"):
        weights.pull(name)
    assert shelf.names() == set()


@BOTH
def test_a_body_without_end_is_cut_at_one_byte_too_many(shelf: Shelf, server: Server, name: str) -> None:
    server.files[FILE] = DATA + bytes(5_000_000)
    server.said_size, server.said_etag = len(DATA), str(entry("x", DATA)["sha256"])
    server.is_chunked = True
    with pytest.raises(WeightsRefused, match="sends more than"):
        weights.pull(name)
    assert shelf.names() == set()


@BOTH
def test_chunked_body_of_the_right_size(shelf: Shelf, server: Server, name: str) -> None:
    server.is_chunked = True
    assert weights.pull(name).read_bytes() == DATA


@BOTH
def test_damaged_cache_is_fetched_again(shelf: Shelf, name: str) -> None:
    path = weights.pull(name)
    path.write_bytes(DATA[:100])
    assert weights.pull(name).read_bytes() == DATA


@BOTH
def test_links_in_the_cache_are_replaced_not_followed(shelf: Shelf, name: str) -> None:
    outside = shelf.folder / "outside"
    outside.write_bytes(b"precious")
    shelf.cache.mkdir()
    (shelf.cache / f"{name}.safetensors").symlink_to(outside)
    (shelf.cache / f".{name}.{entry('x', DATA)['sha256'][:16]}.part").symlink_to(outside)
    path = weights.pull(name)
    assert not path.is_symlink()
    assert path.read_bytes() == DATA
    assert outside.read_bytes() == b"precious"


@BOTH
def test_not_found(shelf: Shelf, server: Server, name: str) -> None:
    server.files.clear()
    with pytest.raises(WeightsMissing, match="404"):
        weights.pull(name)
    assert shelf.names() == set()


def test_redirect_of_a_plain_address(shelf: Shelf, server: Server) -> None:
    url = f"{server.endpoint}/moved/{FILE}"
    shelf.list(entry("web", DATA, source={"kind": "https", "url": url}))
    server.break_after = [1000]
    assert weights.pull("web").read_bytes() == DATA
    assert server.bodies[-1].range == "bytes=1000-"


def test_the_hubs_own_cache_is_looked_at_first(
    shelf: Shelf, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = hf_hub_download(
        REPO, FILE, revision=REVISION, endpoint=server.endpoint, cache_dir=tmp_path / "hub-cache"
    )
    assert Path(there).read_bytes() == DATA
    server.asked.clear()
    assert weights.pull("hub").read_bytes() == DATA
    assert server.asked == []
    assert not (shelf.cache / "hub.safetensors").is_symlink()


def test_a_damaged_hub_cache_is_passed_over(shelf: Shelf, server: Server, tmp_path: Path) -> None:
    there = hf_hub_download(
        REPO, FILE, revision=REVISION, endpoint=server.endpoint, cache_dir=tmp_path / "hub-cache"
    )
    Path(there).resolve().write_bytes(DATA[:-1] + b"x")
    assert weights.pull("hub").read_bytes() == DATA


def unused_endpoint() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def list_unreachable(shelf: Shelf, environment: pytest.MonkeyPatch) -> None:
    nowhere = unused_endpoint()
    environment.setenv("HF_ENDPOINT", nowhere)
    web = {"kind": "https", "url": f"{nowhere}/files/{FILE}"}
    shelf.list(entry("hub", DATA, source=HUB), entry("web", DATA, source=web))


@BOTH
def test_offline_with_the_file(shelf: Shelf, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    weights.pull(name)
    list_unreachable(shelf, monkeypatch)
    assert seconds_at_best(lambda: weights.pull(name)) < 1
    assert weights.load(name)


@BOTH
def test_offline_without_the_file(shelf: Shelf, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    list_unreachable(shelf, monkeypatch)
    pull = refusal(lambda: weights.pull(name), WeightsMissing, "cannot be reached")
    assert seconds_at_best(pull) < 1
    assert shelf.names() == set()


def test_offline_by_choice(shelf: Shelf, server: Server) -> None:
    """HF_HUB_OFFLINE is read when huggingface-hub is imported, so this needs a process of its own."""
    code = (
        "from tcvc_cli.errors import WeightsMissing; from tcvc_cli.model.weights import store as weights\n"
        "from tests.material.weights_material import refusal, seconds_at_best\n"
        "pull = refusal(lambda: weights.pull('hub'), WeightsMissing, 'cannot be reached')\n"
        "print(seconds_at_best(pull) < 1)"
    )
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "True"
    assert server.asked == []


@pytest.mark.parametrize("source", [HUB, {"kind": "https", "url": "https://example.org/w.safetensors"}])
def test_unknown_hash_is_never_pulled(shelf: Shelf, server: Server, source: dict[str, str]) -> None:
    shelf.list(entry("blind", source=source))
    with pytest.raises(WeightsMissing, match="has no hash that tcvc knows") as caught:
        weights.pull("blind")
    assert "tcvc weights import blind" in caught.value.advice
    assert server.asked == []


def test_what_only_the_user_has_is_never_pulled(shelf: Shelf, server: Server) -> None:
    shelf.list(entry("own", file="own.pth"))
    with pytest.raises(WeightsMissing, match="comes from its authors"):
        weights.pull("own")
    assert server.asked == []


def test_cache_that_cannot_be_written(shelf: Shelf, server: Server) -> None:
    shelf.cache.write_text("a file where the folder should be")
    with pytest.raises(OutputError, match="cannot be written"):
        weights.pull("web")
    assert server.bytes_served == 0


@BOTH
def test_the_command(shelf: Shelf, server: Server, name: str) -> None:
    server.break_after = [500_000]
    command = [sys.executable, "-m", "tcvc_cli", "weights"]
    done = subprocess.run([*command, "pull", name], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{shelf.cache / name}.safetensors\n"
    assert server.bodies[-1].range == "bytes=500000-"
    listed = subprocess.run([*command, "list", "--json"], capture_output=True, text=True, check=True)
    rows: dict[str, Any] = {row["name"]: row for row in map(json.loads, listed.stdout.splitlines())}
    assert rows[name]["path"] == done.stdout.strip()
