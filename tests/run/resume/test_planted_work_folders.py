"""`tcvc clean` and planted work folders: nothing in them is removed or made, and the others go."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tcvc_cli.cli.main import main
from tcvc_cli.errors import OutputBusy
from tcvc_cli.names import work_folder_of
from tcvc_cli.run.resume import work_folder as work

Plant = Callable[[Path], object]
KEPT = work.segment_path(Path(), "0" * 64, 2).name
SETTLED = work.settled_path(Path(), "0" * 64).name
LEASE = "lease-000001.json"
OURS = ("lock", work.MARKER, work.JOURNAL, work.JOURNAL + "-wal", KEPT, SETTLED, work.SHARED_PLAN, LEASE)


def marked(output: Path) -> Path:
    folder = work_folder_of(output)
    with work.reserved(folder, output.with_name("film.mkv"), output):
        work.segment_path(folder, "0" * 64, 1).write_text("segment")
    return folder


def bare(path: Path) -> Path:
    path.unlink(missing_ok=True)
    return path


def linked(name: str, to: str = "../victim.txt") -> Plant:
    return lambda folder: bare(folder / name).symlink_to(to)


def second_name(name: str) -> Plant:
    return lambda folder: os.link(folder.parent / "victim.txt", bare(folder / name))


def made_folder(name: str) -> Plant:
    def plant(folder: Path) -> None:
        bare(folder / name).mkdir()
        (folder / name / "thesis.txt").write_text("of somebody")

    return plant


def pipe(name: str) -> Plant:
    return lambda folder: os.mkfifo(bare(folder / name))


def share(plant: Plant) -> Plant:
    def planted(folder: Path) -> None:
        made = work.share_path(folder, "a")
        made.mkdir()
        plant(made)

    return planted


def written(name: str, content: str) -> Plant:
    return lambda folder: (folder / name).write_text(content)


def says(output: str) -> Plant:
    content = {"input": "/film.mkv", "output": output, "tool": "tcvc", "schema": 1}
    return written(work.MARKER, json.dumps(content))


PLANTS: dict[str, Plant] = {f"link {name}": linked(name) for name in OURS}
PLANTS |= {f"folder {name}": made_folder(name) for name in OURS}
PLANTS |= {f"second name {name}": second_name(name) for name in (work.JOURNAL, work.JOURNAL + "-wal")}
PLANTS |= {
    "lock to nowhere": linked("lock", "nowhere"),
    "share is a link": linked("share-a", ".."),
    "link in a share": share(linked(KEPT, "../../victim.txt")),
    "lock of a share": share(linked("lock", "../../victim.txt")),
    "file in a share": share(written("thesis.txt", "of somebody")),
    "share in a share": share(share(written("thesis.txt", "of somebody"))),
    "name with a line": written(f"{KEPT}\n", "of somebody"),
    "name in capitals": written(KEPT.upper(), "of somebody"),
    "marker of another film": says("/y.mkv"),
    "marker without a place": says("x.mkv"),
    "marker with a null byte": says("/x.mkv\0"),
    "marker with no letters": says("/\ud800x.mkv"),
    "marker without end": written(work.MARKER, "[" * 100_000),
    "marker of a mebibyte": written(work.MARKER, " " * (1 << 20) + "{}"),
}
if sys.platform != "win32":
    PLANTS |= {f"pipe {name}": pipe(name) for name in ("lock", work.MARKER, work.JOURNAL, LEASE)}


def contents(folder: Path) -> dict[str, bytes | str]:
    """Of every file, where every link points, and that there are folders and pipes."""
    found: dict[str, bytes | str] = {}
    for path in folder.rglob("*"):
        content: bytes | str = "neither"
        if path.is_symlink():
            content = os.readlink(path)
        elif path.is_file():
            content = path.read_bytes()
        found[str(path.relative_to(folder))] = content
    return found


@pytest.mark.skipif(sys.platform == "win32", reason="links are not everybody's there")
@pytest.mark.parametrize("plant", PLANTS.values(), ids=PLANTS)
def test_a_planted_folder_stays_and_the_next_one_goes(tmp_path: Path, plant: Plant) -> None:
    (tmp_path / "victim.txt").write_text("of somebody")
    planted, ours = marked(tmp_path / "x.mkv"), marked(tmp_path / "z.mkv")
    plant(planted)
    before = contents(tmp_path)
    assert main(["clean", str(tmp_path), "--remove", "--yes"]) == 0
    assert contents(tmp_path) == {name: one for name, one in before.items() if not name.startswith(ours.name)}


def test_a_marker_of_another_folder_is_about_this_one_alone(tmp_path: Path) -> None:
    """A disk may be mounted elsewhere today: its work folders are ours still. Nothing is touched there."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    there, here = marked(elsewhere / "x.mkv"), work_folder_of(tmp_path / "x.mkv")
    shutil.copytree(there, here)
    before = contents(elsewhere)
    assert main(["clean", str(tmp_path), "--remove", "--yes"]) == 0
    assert contents(elsewhere) == before
    assert not here.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="links are not everybody's there")
def test_a_copy_behind_a_link_is_not_the_folder_that_was_taken(tmp_path: Path) -> None:
    folder, copy = work_folder_of(tmp_path / "x.mkv"), tmp_path / "copy"
    with suppress(OutputBusy), work.locked(folder) as lease:
        work.segment_path(folder, "0" * 64, 1).write_text("segment")
        folder.rename(tmp_path / "moved")
        shutil.copytree(tmp_path / "moved", copy)
        folder.symlink_to(copy)
        before = contents(copy)
        assert not lease.is_ours()
        work.remove(lease)
        lease.refuse_lost()
    assert contents(copy) == before
