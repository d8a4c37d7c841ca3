"""A hundred hostile files, and as many mutations as there is time for: a clear answer, no hang, no crash."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tcvc_cli import errors
from tcvc_cli.errors import UnreadableInput
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.options.film import Options
from tests.material.hostile_files import good_files, hostile_files

JUDGE = Path(__file__).parents[1] / "material" / "hostile_files.py"
ROOT = Path(__file__).parents[2]
PEAK_MIB = 1500


def judge(*arguments: str) -> str:
    paths = os.pathsep.join(map(str, (ROOT, JUDGE.parent)))
    done = subprocess.run(
        [sys.executable, str(JUDGE), *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": paths},
        check=False,
    )
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-2000:]
    return done.stdout


@pytest.mark.slow
def test_a_hundred_hostile_files(tmp_path: Path) -> None:
    names = [str(path) for path in hostile_files(tmp_path)]
    assert len(names) >= 100
    verdicts = dict(map(json.loads, judge("judge", *names).splitlines()))
    peak_mib = verdicts.pop("peak_mib")
    assert list(verdicts) == names
    inputs = {name for name, kind in vars(errors).items() if isinstance(kind, type)}
    assert set(verdicts.values()) <= inputs | {"whole"}
    told = {Path(name).name: verdict for name, verdict in verdicts.items()}
    assert told["loop.mkv"] == told["folder.mkv"] == told["missing.mkv"] == "UnreadableInput"
    assert told["cut-0-h264.mkv"] == "EmptyFilm"
    assert told["cut-5-h264.mp4"] == "TruncatedFilm"
    assert told["list.m3u8"] == told["list.ffconcat"] == told["noise.mkv"] == told["zero"] == "NotAFilm"
    assert told["png called.mkv"] == told["mkv called.png"] == told["film.mkv"] == "whole"
    assert told["sound comes later.ts"] == "whole"
    assert told["huge.png"] != "whole"
    assert told["claims.mp4"] != "whole"
    assert told["huge.y4m"] != "whole"
    assert peak_mib < PEAK_MIB


@pytest.mark.slow
def test_mutations_are_answered(tmp_path: Path) -> None:
    """`python tests/hostile_files.py fuzz` does the same for longer."""
    assert int(judge("fuzz", "1", "4", *map(str, good_files(tmp_path)))) > 5


def test_what_is_no_file_is_sent_to_stdin(tmp_path: Path) -> None:
    """Reading a named pipe would wait for its writer for ever."""
    pipe = tmp_path / "film.mkv"
    os.mkfifo(pipe)
    with pytest.raises(UnreadableInput, match="not a file") as error:
        list(colorize(Options(pipe)))
    assert "tcvc colorize -" in str(error.value.advice)
