"""Slices of files, here in one process: what may be taken and brought, and what a machine keeps of it."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from secrets import token_hex

import pytest

from tcvc_cli.errors import InputError, OutputError
from tcvc_cli.run.machines.shipping.depot import Brought, DepotHere, Lent, Shipment, slice_bytes_for
from tcvc_cli.run.machines.shipping.machine_folder import machine_folder, remove_machine_folder
from tcvc_cli.run.machines.shipping.transfer import bring, fetch

FILM = bytes(range(256)) * 40
SLICE = 1000


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Counting(DepotHere):
    """Knows what was taken."""

    def __init__(self, shipment: Shipment) -> None:
        super().__init__(shipment)
        self.taken = list[int]()

    def take(self, number: int, offset: int) -> bytes:
        self.taken.append(offset)
        return super().take(number, offset)


@pytest.fixture
def there(tmp_path: Path) -> Path:
    """A folder of a worker's machine."""
    folder = tmp_path / "there"
    folder.mkdir()
    return folder


@pytest.fixture
def depot(tmp_path: Path) -> Iterator[Counting]:
    """It lends a film, and wants two files of one segment."""
    (tmp_path / "here").mkdir()
    film = tmp_path / "here" / "my film.mkv"
    film.write_bytes(FILM)
    found = Lent("film.mkv", len(FILM), film.stat().st_mtime_ns, sha256(FILM))
    wanted = {"segment.mkv": 5000, "segment.json": 100}
    with closing(Counting(Shipment([(film, found)], tmp_path / "here", wanted, SLICE))) as depot:
        yield depot


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def segment_in(folder: Path) -> list[Path]:
    files = [folder / "segment.json", folder / "segment.mkv"]
    files[0].write_bytes(b"{}")
    files[1].write_bytes(FILM[:2500])
    return files


def test_a_file_is_fetched_once(depot: Counting, there: Path, tmp_path: Path) -> None:
    list(fetch(depot, there))
    assert (there / "film.mkv").read_bytes() == FILM
    assert (there / "film.mkv").stat().st_mtime_ns == (tmp_path / "here/my film.mkv").stat().st_mtime_ns
    assert depot.taken == list(range(0, len(FILM), SLICE))
    list(fetch(depot, there))
    assert len(depot.taken) == 11


def test_what_one_left_is_gone_on_with(depot: Counting, there: Path) -> None:
    (there / "film.mkv.part").write_bytes(FILM[:7777])
    list(fetch(depot, there))
    assert (there / "film.mkv").read_bytes() == FILM
    assert depot.taken == [7777, 8777, 9777]


def test_a_damaged_slice_is_refused(depot: Counting, there: Path) -> None:
    (there / "film.mkv.part").write_bytes(FILM[:999] + b"?")
    with pytest.raises(InputError, match=r"film\.mkv came to .* otherwise than it was sent"):
        list(fetch(depot, there))
    assert not names_in(there) & {"film.mkv", "film.mkv.part"}


def test_a_film_that_changed_is_not_lent(depot: Counting, there: Path, tmp_path: Path) -> None:
    (tmp_path / "here/my film.mkv").write_bytes(FILM[1:])
    with pytest.raises(InputError, match="has changed while machines took it"):
        list(fetch(depot, there))


def test_one_who_finds_another_at_it_waits(depot: Counting, there: Path) -> None:
    script = f"""if True:
        import sys
        from filelock import FileLock
        with FileLock({str(there / "fetching.lock")!r}):
            print("held", flush=True)
            sys.stdin.read()
    """
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", script], stdin=pipe, stdout=pipe) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        other.stdout.readline()
        events = fetch(depot, there)
        next(events)
        assert depot.taken == []
        other.kill()
        list(events)
    assert (there / "film.mkv").read_bytes() == FILM


@pytest.mark.parametrize("name", ["../film.mkv", "/etc/film.mkv", "a b.mkv", ""])
def test_names_that_lead_elsewhere_are_not_fetched(tmp_path: Path, there: Path, name: str) -> None:
    lent = Lent(name, 1, 0, sha256(b"x"))
    with pytest.raises(InputError, match="no name for a file that is sent"):
        list(fetch(DepotHere(Shipment([(tmp_path / "x", lent)], tmp_path, {}, SLICE)), there))


def test_what_is_brought_is_kept_the_line_last(
    depot: Counting, there: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = list[str]()
    usual = os.replace

    def replace(old: Path, new: Path) -> None:
        named.append(new.name)
        usual(old, new)

    monkeypatch.setattr(os, "replace", replace)
    bring(depot, segment_in(there))
    assert named == ["segment.mkv", "segment.json"]
    assert (tmp_path / "here/segment.mkv").read_bytes() == FILM[:2500]
    assert names_in(tmp_path / "here") == {"my film.mkv", "segment.mkv", "segment.json"}
    assert depot.kept(["segment.json", "other.json"]) == {"segment.json"}


@pytest.mark.parametrize(
    ("name", "offset", "size", "said"),
    [
        ("my film.mkv", 0, 1, "nobody asked for"),
        ("../segment.mkv", 0, 1, "nobody asked for"),
        ("/tmp/segment.mkv", 0, 1, "nobody asked for"),
        ("segment.json", 0, 101, "more of segment.json than it can have"),
        ("segment.mkv", 0, SLICE + 1, "more of segment.mkv than it can have"),
        ("segment.mkv", 4900, 200, "more of segment.mkv than it can have"),
        ("segment.mkv", 1, 1, "slices of segment.mkv come in another order"),
    ],
)
def test_what_nobody_asked_for_is_refused(
    depot: Counting, tmp_path: Path, name: str, offset: int, size: int, said: str
) -> None:
    with pytest.raises(OutputError, match=said):
        depot.bring(name, offset, b"?" * size)
    assert names_in(tmp_path / "here") == {"my film.mkv"}
    assert (tmp_path / "here/my film.mkv").read_bytes() == FILM


@pytest.mark.parametrize("size", [2, 3])
def test_what_came_otherwise_is_not_kept(depot: Counting, tmp_path: Path, size: int) -> None:
    depot.bring("segment.mkv", 0, b"ok")
    depot.bring("segment.json", 0, b"??")
    files = [Brought("segment.mkv", 2, sha256(b"ok")), Brought("segment.json", size, sha256(b"{}"))]
    with pytest.raises(OutputError, match="came otherwise than a worker sent it"):
        depot.keep(files)
    assert names_in(tmp_path / "here") == {"my film.mkv"}


def test_a_file_that_is_begun_again_is_the_second_one(depot: Counting, tmp_path: Path) -> None:
    depot.bring("segment.mkv", 0, b"of a worker that died")
    depot.bring("segment.mkv", 0, b"whole")
    depot.keep([Brought("segment.mkv", 5, sha256(b"whole"))])
    assert (tmp_path / "here/segment.mkv").read_bytes() == b"whole"


def test_nothing_is_written_through_a_link(depot: Counting, tmp_path: Path) -> None:
    (tmp_path / "mine").write_bytes(b"mine")
    (tmp_path / "here/segment.mkv").symlink_to(tmp_path / "mine")
    depot.bring("segment.mkv", 0, b"other")
    with pytest.raises(OutputError, match="is a link"):
        depot.keep([Brought("segment.mkv", 5, sha256(b"other"))])
    assert (tmp_path / "mine").read_bytes() == b"mine"


def test_what_is_not_complete_goes_at_the_end(depot: Counting, tmp_path: Path) -> None:
    depot.bring("segment.mkv", 0, b"half")
    assert len(names_in(tmp_path / "here")) == 2
    depot.close()
    assert names_in(tmp_path / "here") == {"my film.mkv"}


def test_slices_on_the_way_fill_a_quarter_of_the_smallest_store() -> None:
    assert slice_bytes_for(1) == slice_bytes_for(2) == 8 << 20
    assert slice_bytes_for(100) == (20 << 20) // 100
    assert slice_bytes_for(100_000) == 64 << 10  # which Ray keeps out of its store


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_the_folder_of_a_machine_is_nobody_elses(temporary: Path) -> None:
    token = token_hex(16)
    folder = machine_folder(token)
    assert folder == temporary / f"tcvc-ship-{token}"
    if os.name != "nt":
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    remove_machine_folder(token)
    assert not folder.exists()


@pytest.mark.skipif(os.name == "nt", reason="links and modes are others there")
@pytest.mark.parametrize("is_link", [False, True])
def test_a_folder_that_others_prepared_is_refused(temporary: Path, tmp_path: Path, *, is_link: bool) -> None:
    token = token_hex(16)
    folder = temporary / f"tcvc-ship-{token}"
    if is_link:
        (tmp_path / "elsewhere").mkdir(0o700)
        folder.symlink_to(tmp_path / "elsewhere")
    else:
        folder.mkdir()
        folder.chmod(0o755)
    with pytest.raises(OutputError, match="not this user's alone"):
        machine_folder(token)


@pytest.mark.skipif(os.name == "nt", reason="nobody can tell there")
def test_what_a_killed_run_left_goes_once_nobody_uses_it(temporary: Path) -> None:
    tokens = [token_hex(16) for _ in range(3)]
    used, left, young = (temporary / f"tcvc-ship-{one}" for one in tokens)
    machine_folder(tokens[0])
    for folder in (left, young):
        folder.mkdir(0o700)
        (folder / "used").touch()
    for folder in (used, left):
        long_ago_s = time.time() - 7200
        os.utime(folder, (long_ago_s, long_ago_s))
    machine_folder(token_hex(16))
    assert (used.exists(), left.exists(), young.exists()) == (True, False, True)
