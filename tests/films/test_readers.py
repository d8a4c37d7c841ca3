"""What is made from a film that only some may read can be read by nobody else, whichever command makes it."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tcvc_cli.cli.main import main
from tcvc_cli.files import always, draft_of
from tcvc_cli.names import work_folder_of
from tcvc_cli.readers import confine, keep_as, own_readers
from tcvc_cli.run.events import SegmentDone
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.options.film import Options
from tests.material.media_sources import Source, make

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
QUICK = ("--model", "tcvc-mini", "--model-size", "64", "--device", "cpu", "--colour-parts", "recolour", "-q")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("plain") / "film.mkv", Source(frames=3))


@pytest.fixture
def film(plain: Path, tmp_path: Path) -> Path:
    return Path(shutil.copyfile(plain, tmp_path / "film.mkv"))


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    try:
        yield
        assert os.umask(0o022) == 0o022  # a command leaves it as it was
    finally:
        os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def wider(folder: Path, hidden: int = 0o077) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if mode(path) & hidden}


@pytest.mark.slow
def test_whatever_a_private_film_gives_is_private(film: Path) -> None:
    film.chmod(0o600)
    folder, name = film.parent, str(film)
    result = str(folder / "r.mkv")
    for command in (
        ["colorize", name, "-o", result, "--proof", "--premis", "--trace", str(folder / "t.json"), *QUICK],
        ["verify", name, result, "--framemd5", str(folder / "v.md5")],
        ["bag", name, result, "-o", str(folder / "bag")],
        ["preview", name, "-o", str(folder / "p.mkv"), *QUICK],
        ["refs", "export", name, "-o", str(folder / "refs"), "--frames", "0", "--grey"],
        ["sheet", name, "-o", str(folder / "s.png")],
        ["shots", name, "-o", str(folder / "shots.csv")],
        ["review", name, "-o", str(folder / "page.review")],
        ["report", name, result, "--html", str(folder / "report.html")],
        ["compare", name, result, "-o", str(folder / "c.mp4")],
        ["grade", result, "-o", str(folder / "g.mkv"), "--saturation", "0.5"],
        ["stabilize", result, "-o", str(folder / "st.mkv")],
        ["settings", name, "--shot", "1", "--saturation", "0.5"],
    ):
        assert main(command) == 0, command
    assert len(list(folder.iterdir())) > 15
    assert wider(folder) == set()


def test_what_is_half_made_is_private_too(film: Path) -> None:
    film.chmod(0o640)
    output = film.with_name("r.mkv")
    options = Options(film, output, model="tcvc-mini", model_size_px=64, device="cpu", color_parts="recolour")
    with closing(colorize(options)) as events:
        next(event for event in events if isinstance(event, SegmentDone))
        folder = work_folder_of(output)
        assert mode(folder) == 0o750
        assert {path.name for path in folder.iterdir() if mode(path) & 0o007} == set()
    assert os.umask(0o022) == 0o022


def test_one_private_film_says_nothing_of_the_next(film: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name, permissions in (("a", 0o600), ("b", 0o644), ("c", 0o640)):
        shutil.copyfile(film, tmp_path / "in" / f"{name}.mkv").chmod(permissions)
    out = tmp_path / "out"
    assert main(["batch", str(tmp_path / "in"), "-o", str(out), *QUICK]) == 0
    modes = {path.name.partition(".")[0]: mode(path) for path in out.iterdir() if path.suffix == ".mkv"}
    assert modes == {"a": 0o600, "b": 0o644, "c": 0o640}
    assert mode(out) == 0o755


def test_a_narrower_umask_stays(film: Path, tmp_path: Path) -> None:
    film.chmod(0o644)
    os.umask(0o077)
    try:
        with own_readers():
            keep_as(film)
            film.chmod(0o640)
            keep_as(film)
        assert os.umask(0o077) == 0o077
        with draft_of(tmp_path / "made") as draft:
            draft.write_text("made")
    finally:
        os.umask(0o022)
    assert mode(tmp_path / "made") == 0o600


@pytest.mark.parametrize(("permissions", "expected"), [(0o644, 0o640), (0o440, 0o600), (0o604, 0o604)])
def test_another_group_reads_nothing(
    permissions: int, expected: int, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder gives what is made in it to a group that is not the film's, and permissions of its own."""
    film.chmod(permissions)
    made = tmp_path / "made"
    made.touch()
    made.chmod(0o644)
    real = os.stat

    def of_another_group(path: int | str | Path, **how: bool) -> os.stat_result:
        found = real(path, **how)
        return os.stat_result((*found[:5], found.st_gid + 1, *found[6:])) if path == made else found

    with own_readers():
        keep_as(film)
        monkeypatch.setattr(os, "stat", of_another_group)
        confine(made)
        monkeypatch.undo()
    assert mode(made) == (0o644 if permissions == 0o644 else expected)


def test_a_disk_without_permissions_takes_the_result(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FAT: all files have the mode of the mount, and no other is taken."""
    film.chmod(0o600)

    def refused(made: int | Path, mode: int) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), str(made))

    (made := tmp_path / "made").touch()
    made.chmod(0o755)
    with own_readers():
        keep_as(film)
        with monkeypatch.context() as patched:
            patched.setattr(os, "chmod", refused)
            confine(made)
    assert mode(made) == 0o755


def test_what_is_replaced_by_a_file_keeps_its_readers(tmp_path: Path) -> None:
    target = tmp_path / "film.toml"
    target.write_text("theirs")
    target.chmod(0o600)
    with draft_of(target, may_replace=always) as draft:
        draft.write_text("ours")
    assert (target.read_text(), mode(target)) == ("ours", 0o600)
