"""What one shard takes of a folder: in a batch that watches, and where it can write nothing but results."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path, PurePath

import cv2
import numpy as np
import pytest

from tcvc_cli.errors import OutputError, UnreadableInput
from tcvc_cli.run.batch.films import run_batch
from tcvc_cli.run.batch.find import Found, find_files
from tcvc_cli.run.batch.options import Batch, Search
from tcvc_cli.run.events import Event, FileEnded, Warned
from tcvc_cli.run.machines.folder.dealt import Dealt
from tcvc_cli.run.machines.folder.own_films import OwnFilms, key_of
from tcvc_cli.run.machines.options import Machines
from tcvc_cli.run.machines.shard import Shard
from tcvc_cli.run.options.film import Options
from tests.material.media_sources import Source, make

OPTIONS = Options(input=Path(), model_size_px=64, color_parts="recolour", device="cpu")


def photograph(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    cv2.imwrite(str(path), np.arange(64 * 48, dtype=np.uint8).reshape(48, 64) % 200)


def batch_of(films: Path, out: Path, shard: Shard, *, is_watching: bool = False) -> Batch:
    search = Search((str(films),), out, is_recursive=True)
    return Batch(search, OPTIONS, is_watching=is_watching, machines=Machines(shard))


def own_of(films: Path, out: Path, shard: Shard) -> tuple[list[Event], tuple[Found, ...]]:
    batch = batch_of(films, out, shard)
    walk = OwnFilms(batch, shard).of(tuple(find_files(batch.search)))
    said = list[Event]()
    while True:
        try:
            said.append(next(walk))
        except StopIteration as end:
            return said, end.value


def test_a_shard_that_watches_takes_its_part_of_what_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tcvc_cli.run.batch.films._WATCH_EVERY_S", 0.01)
    films, out = tmp_path / "films", tmp_path / "out"
    for name in "abcd":
        photograph(films / f"{name}.png")
    seen: list[str] = []
    with closing(run_batch(batch_of(films, out, Shard(2, 2), is_watching=True))) as events:
        for event in events:
            if isinstance(event, FileEnded):
                seen.append(event.input.name)
                if len(seen) == 2:
                    for name in "efgh":
                        photograph(films / f"{name}.png")
                if len(seen) == 4:
                    break
    dealt = Dealt(out, 2).look()
    assert len(dealt) >= 6
    assert [dealt[name].shard for name in seen] == [2] * 4


def test_the_longest_comes_first(tmp_path: Path) -> None:
    films = tmp_path / "films"
    (films / "x").mkdir(parents=True)
    for name, frames in (("a", 3), ("b", 9), ("c", 5)):
        make(films / "x" / f"{name}.mkv", Source(frames=frames))
    (films / "broken.mkv").write_text("no film")
    said, own = own_of(films, tmp_path / "out", Shard(1, 1))
    assert said == []
    assert [key_of(one) for one in own] == ["x/b.mkv", "x/c.mkv", "x/a.mkv", "broken.mkv"]


def test_a_film_is_called_the_same_wherever_the_disk_is_mounted() -> None:
    assert key_of(Found(Path("/mnt/a/1924/reel.mkv"), PurePath("1924"))) == "1924/reel.mkv"
    assert key_of(Found(Path("reel.mkv"), PurePath())) == "reel.mkv"


@contextmanager
def refused(target: Path, **others: object) -> Iterator[Path]:
    raise OutputError(f"no permission to write in {target.parent}")
    yield target


def test_where_no_deal_can_be_written_all_compute_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tcvc_cli.run.machines.folder.dealt.draft_of", refused)
    monkeypatch.setattr("tcvc_cli.run.machines.folder.report.draft_of", refused)
    films = tmp_path / "films"
    films.mkdir()
    for number in range(5):
        make(films / f"{number}.mkv", Source(frames=1 + number))
    found = [own_of(films, tmp_path / "out", Shard(index, 3)) for index in (1, 2, 3)]
    keys = [key_of(one) for _, own in found for one in own]
    assert sorted(keys) == [f"{number}.mkv" for number in range(5)]
    for said, _ in found:
        assert [type(one) for one in said] == [Warned, Warned]
        assert "cannot be written" in str(said[0])


def test_a_folder_that_is_not_there_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="there is no"):
        list(run_batch(batch_of(tmp_path / "films", tmp_path / "out", Shard(1, 2))))
    assert not (tmp_path / "out").exists()
