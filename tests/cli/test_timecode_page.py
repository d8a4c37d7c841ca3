"""What docs/timecode.md and docs/shot-lists.md tell people to type works as it stands there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tcvc_cli.cli.main import main
from tcvc_cli.media.read.probe import probe
from tests.material.media_sources import Source, make

SMALL = ("--model", "tcvc-mini", "--device", "cpu", "--model-size", "64", "--colour-parts", "recolour", "-q")


@pytest.mark.parametrize(("name", "count"), [("timecode.md", 3), ("shot-lists.md", 8)])
def test_every_line_works(
    root: Path,
    name: str,
    count: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    make(tmp_path / "film.mov", Source("mpeg4", frames=96, timecode="01:00:00:00"))
    monkeypatch.chdir(tmp_path)
    page = (root / "docs" / name).read_text("utf-8")
    lines = [
        line
        for block in re.findall(r"^```\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
        for line in block.splitlines()
    ]
    assert len(lines) == count
    for line in lines:
        _, command, *arguments = shlex.split(line)
        assert main([command, *arguments, *(SMALL if command == "colorize" else ())]) == 0, (
            capsys.readouterr().err
        )
    assert probe(Path("part.mov")).timecode == "01:00:00:12"
    assert probe(Path("part.mov")).frame_count == 36
