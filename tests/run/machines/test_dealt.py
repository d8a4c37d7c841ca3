"""The deal on the disk: whoever comes first writes it, and everybody keeps to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tcvc_cli.errors import OutputError
from tcvc_cli.run.machines.folder.dealt import Dealt, DealtFilm, newest_deal, on_top

FRAMES = st.dictionaries(
    st.sampled_from([f"{folder}/{n}" for folder in "ab" for n in range(9)]), st.integers(0, 99)
)


def own(film: str) -> str:
    """Each film is its own group."""
    return film


@given(st.lists(FRAMES, min_size=1, max_size=5), st.integers(1, 4))
@settings(max_examples=30)
def test_what_is_dealt_stays_dealt_whoever_looks(lists: list[dict[str, int]], count: int) -> None:
    with TemporaryDirectory() as folder:
        before: dict[str, DealtFilm] = {}
        first = Dealt(Path(folder), count)
        for number, frames in enumerate(lists):
            dealt = first if number % 2 else Dealt(Path(folder), count)  # one that runs on, or a new one
            known = dict(dealt.agree(frames, own))
            assert known.keys() == before.keys() | frames.keys()
            assert before.items() <= known.items()
            before = known
        assert dict(Dealt(Path(folder), count).look()) == before


def test_films_of_a_group_are_one_shards_also_when_one_comes_later(tmp_path: Path) -> None:
    dealt = Dealt(tmp_path, 3)
    dealt.agree({"a.avi": 10, "b.avi": 10, "c.avi": 10}, lambda film: film[0])
    known = dealt.agree({"a.mkv": 99, "b.mkv": 1}, lambda film: film[0])
    assert known["a.mkv"].shard == known["a.avi"].shard
    assert known["b.mkv"].shard == known["b.avi"].shard
    assert len({known[f"{one}.avi"].shard for one in "abc"}) == 3


def test_a_deal_that_cannot_be_written_is_the_same_for_all() -> None:
    frames = {"a": 3, "b": 2, "c": 1}
    backwards = dict(reversed(frames.items()))
    assert on_top({}, frames, 2, own) == on_top({}, backwards, 2, own)


AGREE = """
import json, sys
from pathlib import Path
from tcvc_cli.run.machines.folder.dealt import Dealt
place, names = Path(sys.argv[1]), sys.argv[2:]
sys.stdin.readline()
known = Dealt(place, 3).agree({name: len(name) for name in names}, str)
print(json.dumps({name: one.shard for name, one in known.items()}))
"""


def test_processes_that_find_different_films_agree(tmp_path: Path, root: Path) -> None:
    pipe = subprocess.PIPE
    every = [
        subprocess.Popen(
            [sys.executable, "-c", AGREE, str(tmp_path), *(f"{n:03d}" for n in range(shift, shift + 40))],
            cwd=root,
            stdin=pipe,
            stdout=pipe,
            text=True,
        )
        for shift in range(0, 60, 10)
    ]
    for one in every:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    said = [json.loads(one.communicate(timeout=60)[0]) for one in every]
    last = {name: one.shard for name, one in Dealt(tmp_path, 3).look().items()}
    assert len(last) == 90
    assert all(one.items() <= last.items() for one in said)


def lie(folder: Path, text: str) -> Path:
    (folder / ".tcvc-shards").mkdir(exist_ok=True)
    path = folder / ".tcvc-shards" / "deal-of-2.000001.json"
    path.write_text(text)
    return path


def deal_of(**changes: object) -> str:
    film = {"film": "a", "shard": 1, "frames": 3} | changes
    return json.dumps({"count": 2, "films": [film], "schema": 1, "tool": "tcvc"})


def hostile() -> Iterator[str]:
    yield from ("", "{", "[]", "[" * 100_000, "é", '{"count": 2}')
    yield from (deal_of(shard=3), deal_of(shard=0), deal_of(shard="1"), deal_of(frames=-1), deal_of(film=1))
    yield deal_of().replace('"count": 2', '"count": 3')
    yield deal_of().replace('"schema": 1', '"schema": 2')
    yield deal_of().replace("tcvc", "other")


@pytest.mark.parametrize("text", [*hostile()])
def test_what_is_no_deal_is_refused(tmp_path: Path, text: str) -> None:
    lie(tmp_path, deal_of())
    assert newest_deal(tmp_path) == (2, {"a": DealtFilm("a", 1, 3)})
    lie(tmp_path, text)
    with pytest.raises(OutputError, match=r"deal-of-2\.000001\.json"):
        Dealt(tmp_path, 2).agree({"b": 1}, own)


def test_links_pipes_and_devices_are_not_read(tmp_path: Path) -> None:
    path = lie(tmp_path, deal_of())
    other = path.rename(tmp_path / "other.json")
    path.symlink_to(other)
    with pytest.raises(OutputError):
        Dealt(tmp_path, 2).look()
    path.unlink()
    path.mkdir()
    with pytest.raises(OutputError):
        Dealt(tmp_path, 2).look()
    path.rmdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(path)
        with pytest.raises(OutputError):
            Dealt(tmp_path, 2).look()


def test_a_file_of_no_end_is_not_read(tmp_path: Path) -> None:
    with lie(tmp_path, deal_of()).open("r+b") as file:
        file.truncate(1 << 40)
    with pytest.raises(OutputError, match="no file of tcvc"):
        Dealt(tmp_path, 2).look()
