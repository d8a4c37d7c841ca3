"""How films stand, by what lies on the disk: looked at, never touched."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import pytest

from tcvc_cli.cli.main import main
from tcvc_cli.names import work_folder_of
from tcvc_cli.plain import to_json
from tcvc_cli.run.batch.find import find_files
from tcvc_cli.run.batch.options import Search
from tcvc_cli.run.machines.folder.status import SILENT_S
from tcvc_cli.run.resume.leftovers import leftovers
from tcvc_cli.run.resume.work_folder import MARKER, About
from tests.material.lease_material import ELSEWHERE, write_lease
from tests.material.media_sources import Source, make
from tests.material.shared_films import SharedFilms

FRAMES = 50


@pytest.fixture
def shared(tmp_path: Path) -> SharedFilms:
    films = SharedFilms(tmp_path / "films", tmp_path / "out")
    films.add(make(tmp_path / "film.mkv", Source(frames=FRAMES)), "a.mkv", "deep/b.mkv")
    (films.films / "broken.mkv").write_text("no film at all\n" * 99)
    return films


def test_before_anything_is_done_all_wait(shared: SharedFilms) -> None:
    status = shared.status()
    assert {name: one["state"] for name, one in status.items() if name} == {
        "a.mkv": "waiting",
        "b.mkv": "waiting",
        "broken.mkv": "waiting",
    }
    assert status[""]["films"] == {"done": 0, "running": 0, "stale": 0, "failed": 0, "waiting": 3}
    assert Fraction(status[""]["length_s"]["waiting"]) == 2 * Fraction(status["a.mkv"]["length_s"])
    assert abs(Fraction(status["a.mkv"]["length_s"]) - Fraction(FRAMES, 25)) < Fraction(1, 10)
    assert not shared.out.exists()


@pytest.mark.slow
@pytest.mark.alone
def test_what_failed_says_why_until_it_is_tried_again(shared: SharedFilms) -> None:
    assert shared.run("--shard", "1/1") == 8
    before = shared.stamps()
    status = shared.status()
    assert shared.stamps() == before
    broken = status["broken.mkv"]
    assert (broken["state"], broken["exit_code"], broken["shard"]) == ("failed", 3, "1/1")
    assert "broken.mkv" in broken["message"]
    assert broken["pid"] == shared.shard_report("1/1")["pid"]
    assert {status[name]["state"] for name in ("a.mkv", "b.mkv")} == {"done"}
    assert status[""]["films"]["failed"] == 1
    shutil.copy(shared.films / "a.mkv", shared.films / "broken.mkv")
    assert shared.run("--shard", "1/1") == 0
    assert set(shared.states().values()) == {"done"}
    (shared.films / "a.mkv").write_bytes((shared.films / "a.mkv").read_bytes() + b"\0")
    assert shared.states()["a.mkv"] == "waiting"  # the result is of another film
    os.utime(shared.films / "deep" / "b.mkv", ns=(1, 1))
    assert shared.states()["b.mkv"] == "done"  # by its content


@pytest.mark.slow
@pytest.mark.alone
def test_a_batch_without_shards_tells_by_its_report(shared: SharedFilms, tmp_path: Path) -> None:
    report = str(tmp_path / "report.json")
    assert shared.run("--report", report) == 8
    assert not (shared.out / ".tcvc-shards").exists()
    assert shared.states()["broken.mkv"] == "waiting"
    broken = shared.status("--report", report)["broken.mkv"]
    assert (broken["state"], broken["exit_code"], broken["host"], broken["shard"]) == (
        "failed",
        3,
        None,
        None,
    )


@pytest.mark.slow
@pytest.mark.alone
def test_a_person_reads_a_table(shared: SharedFilms, capsys: pytest.CaptureFixture[str]) -> None:
    assert shared.run("--shard", "1/2") in (0, 8)
    words = ["batch", str(shared.films), "-o", str(shared.out), "-r", "--status"]
    assert main(words) == 0
    told = capsys.readouterr().out
    (total,) = (line.split() for line in told.splitlines() if line.startswith(" all"))
    assert total == ["all", "3", "0:00:04"]
    assert main([*words, "--shard", "2/2"]) == 0
    assert "1/2" not in capsys.readouterr().out


HOSTILE = {
    "no JSON": "{",
    "nothing": "",
    "no report": '{"shard": 1}',
    "nested": "[" * 100_000,
    "no state": '{"shard":"1/2","host":"h","pid":1,"started":"","files":[{"state":"lost"}]}',
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_report_that_is_none_is_passed_over(
    shared: SharedFilms, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shared.out / ".tcvc-shards"
    folder.mkdir(parents=True)
    (folder / "shard-1-of-2.json").write_text(text)
    (folder / "shard-2-of-2.json").symlink_to("/dev/zero")
    words = ["batch", str(shared.films), "-o", str(shared.out), "-r", "--status", "--json"]
    assert main(words) == 0
    told = capsys.readouterr()
    assert json.loads(told.out.splitlines()[-1])["films"]["waiting"] == 3
    assert "shard-1-of-2.json is no report" in told.err


def test_what_a_report_says_cannot_break_the_terminal(
    shared: SharedFilms, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shared.out / ".tcvc-shards"
    folder.mkdir(parents=True)
    row = {"input": "x", "output": None, "state": "failed", "exit_code": 3, "frames": 0, "seconds": 0}
    row |= {"message": "\x1b[2J\nboo", "film": "a.mkv"}
    report = {"shard": "1/2", "host": "\x1b]0;h\x07", "pid": 1, "started": "", "files": [row]}
    (folder / "shard-1-of-2.json").write_text(json.dumps(report))
    assert main(["batch", str(shared.films), "-o", str(shared.out), "--status"]) == 0
    told = capsys.readouterr().out
    assert "failed" in told
    assert "boo" in told
    assert "\x1b" not in told


def test_a_link_in_place_of_the_folder_is_not_followed(shared: SharedFilms, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    shared.out.mkdir()
    (shared.out / ".tcvc-shards").symlink_to(tmp_path / "elsewhere")
    assert shared.run("--shard", "1/2") == 4
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_the_folder_of_the_shards_is_no_film_and_no_leftover(shared: SharedFilms, six_shots: Path) -> None:
    folder = shared.films / ".tcvc-shards"
    folder.mkdir()
    shutil.copy(six_shots, folder / "deal-of-2.000001.mkv")
    found = find_files(Search((str(shared.films),), shared.films / "out", is_recursive=True))
    assert all(".tcvc-shards" not in str(one.path) for one in found)
    assert list(leftovers(shared.films, is_recursive=True)) == []


def test_a_work_folder_of_somebody_else_is_not_stale(shared: SharedFilms) -> None:
    work_folder_of(shared.out / "a.color.mkv").mkdir(parents=True)
    assert shared.states()["a.mkv"] == "waiting"


def test_a_process_of_another_machine_works_as_long_as_it_gives_signs_of_life(shared: SharedFilms) -> None:
    output = shared.out / "a.color.mkv"
    folder = work_folder_of(output)
    folder.mkdir(parents=True)
    (folder / MARKER).write_text(to_json(About(shared.films / "a.mkv", output)))
    lease = write_lease(folder)
    one = shared.status()["a.mkv"]
    assert (one["state"], one["host"], one["pid"]) == ("running", ELSEWHERE.host, ELSEWHERE.pid)
    long_ago = time.time() - SILENT_S - 60
    os.utime(lease, (long_ago, long_ago))
    assert shared.states()["a.mkv"] == "stale"
    lease.unlink()
    assert shared.states() == {"a.mkv": "stale", "b.mkv": "waiting", "broken.mkv": "waiting"}


LIGHT = """
import sys
from tcvc_cli.cli.main import main
assert main(sys.argv[1:]) == 0
assert "torch" not in sys.modules
"""


def test_no_network_is_loaded(shared: SharedFilms, root: Path) -> None:
    words = ["batch", str(shared.films), "-o", str(shared.out), "--status"]
    done = subprocess.run(
        [sys.executable, "-c", LIGHT, *words], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
