"""Names that a file system takes for one, and what lies in the folder of the shards."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tcvc_cli import names
from tcvc_cli.errors import OutputError, OutputExists
from tcvc_cli.names import Claims, folded, is_one_name
from tcvc_cli.run.machines.folder.report import begun, report_path, write_shard_report
from tcvc_cli.run.machines.shard import Shard

PAIRS = [("a.mkv", "A.mkv"), ("\u00e9.mkv", "e\u0301.mkv"), ("\u00c9.mkv", "e\u0301.mkv")]


@pytest.mark.parametrize("pair", PAIRS)
def test_two_results_that_are_one_file(pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (Path(name) for name in pair)
    claims = Claims()
    monkeypatch.setattr(names, "is_one_name", lambda one, other: True)
    claims.take(first, Path("one.avi"))
    claims.take(first, Path("one.avi"))
    with pytest.raises(OutputError, match="would be the result of one"):
        claims.take(second, Path("two.avi"))
    claims.take(Path("other") / second, Path("two.avi"))


@pytest.mark.parametrize("pair", PAIRS)
def test_it_is_tried_whether_they_are(pair: tuple[str, str], tmp_path: Path) -> None:
    first, second = (tmp_path / "not there yet" / name for name in pair)
    assert folded(first.name) == folded(second.name)
    (tmp_path / pair[0]).touch()
    expected = os.path.lexists(tmp_path / pair[1])
    assert is_one_name(first, second) == expected
    assert [path.name for path in tmp_path.iterdir()] == [pair[0]]


def test_other_names_are_two() -> None:
    assert len({folded(name) for name in ("a.mkv", "\u00e4.mkv", "a.mk", "a.mkv ")}) == 4


def test_a_file_called_like_the_report_of_a_shard_stays(tmp_path: Path) -> None:
    shard = Shard(1, 2)
    path = report_path(tmp_path, shard)
    path.parent.mkdir()
    for content in ("notes of somebody", "[]", '{"schema": 1, "tool": "other"}'):
        path.write_text(content)
        with pytest.raises(OutputExists):
            write_shard_report(begun(shard), tmp_path, shard)
        assert path.read_text() == content
        path.unlink()
    for _ in range(2):
        write_shard_report(begun(shard), tmp_path, shard)
    assert [one.name for one in path.parent.iterdir()] == [path.name]
