"""A tcvc.toml that lies in the current folder is named, and sets nothing that could do harm."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tcvc_cli.cli.main import main
from tcvc_cli.run.batch.options import Batch, Search
from tcvc_cli.run.machines.options import Machines
from tcvc_cli.run.options.config import FOR_FOLDER
from tcvc_cli.run.options.declaration import options_of
from tcvc_cli.run.options.film import Options
from tests.material.media_sources import Source, make

REFUSED = {
    *("output", "overwrite", "fresh", "work-dir", "name", "report", "trace"),  # write, or throw away
    *("model", "settings", "refs", "shots", "sign", "encoder-opt"),  # code and files
    *("ray", "ray-workers", "ray-cpus", "ray-gpus", "ship", "shard"),  # other machines
    "operator",  # who answers for it
}


@pytest.fixture
def film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In the current folder; nothing else is set."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    for name in [name for name in os.environ if name.startswith("TCVC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr("platformdirs.user_config_path", lambda name, **how: tmp_path / "home" / name)
    return make(here / "film.mkv", Source(frames=1))


def test_every_option_is_one_or_the_other() -> None:
    """And what is new is refused until somebody has thought about it."""
    every = [one for record in (Options, Search, Batch, Machines) for one in options_of(record).values()]
    keys = {
        next((flag[2:] for flag in one.declared.flags if flag.startswith("--")), one.name)
        for one in every
        if one.declared.flags
    }
    keys |= {switch.name for one in every for switch in one.declared.switches}
    assert keys | {"json", "quiet", "verbose"} == FOR_FOLDER | REFUSED
    assert not FOR_FOLDER & REFUSED


@pytest.mark.parametrize("key", sorted(REFUSED))
@pytest.mark.parametrize("is_in_table", [False, True])
def test_what_names_files_code_or_machines_is_refused(
    film: Path, key: str, *, is_in_table: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    command = "batch" if key in ("name", "report") else "colorize"
    table = f"[{command}]\n" if is_in_table else ""
    Path("tcvc.toml").write_text(f"{table}{key} = 'victim'\n")
    Path("victim").write_text("mine")
    assert main([command, "film.mkv"]) == 2
    words = f"tcvc.toml: a file that lies in the folder does not set {key}"
    assert capsys.readouterr().err.startswith(f"tcvc: error: {words}")
    assert sorted(os.listdir()) == ["film.mkv", "tcvc.toml", "victim"]
    assert Path("victim").read_text() == "mine"


@pytest.mark.parametrize("key", ["strict", "proof", "premis"])
def test_it_turns_no_safeguard_off(film: Path, key: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("tcvc.toml").write_text(f"{key} = false\n")
    assert main(["colorize", "film.mkv"]) == 2
    assert f"does not turn {key} off" in capsys.readouterr().err


def test_it_is_named_and_the_users_own_too(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("tcvc.toml").write_text('model-size = 64\npreset = "master"\n')
    home = film.parent.parent / "home" / "tcvc"
    home.mkdir(parents=True)
    (home / "tcvc.toml").write_text('model = "tcvc-mini"\ndevice = "cpu"\nsaturation = 0.5\n')
    assert main(["colorize", "film.mkv", "-q", "--dry-run", "--saturation", "1"]) == 0
    lines = [line for line in capsys.readouterr().err.splitlines() if "options from" in line]
    assert lines == [
        f"tcvc: options from {home / 'tcvc.toml'}: device, model, saturation",
        f"tcvc: options from {film.parent / 'tcvc.toml'}: model-size, preset",
    ]


def test_one_that_is_asked_for_is_obeyed(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("tcvc.toml").write_text('output = "film.mkv"\n')
    assert main(["--config", "tcvc.toml", "colorize", "film.mkv"]) == 4  # the input itself, as it is told to
    assert "options from" not in capsys.readouterr().err


def test_commands_that_take_no_options_from_it_do_not_read_it(film: Path) -> None:
    Path("tcvc.toml").write_text("output = \n")
    assert main(["shots", "film.mkv"]) == 0
    assert main(["colorize", "film.mkv"]) == 2


HOSTILE = [
    "end = true",
    "interval = true",
    "start = false",
    "saturation = true",
    "crf = true",
    "preset = true",
    "memory = true",
    "start = inf",
    "end = nan",
    "interval = nan",
    "saturation = nan",
    "saturation = inf",
    "warmth = -inf",
    f"interval = {'9' * 30}",
    f"interval = {'9' * 5000}",
    f"crf = {'9' * 5000}",
    f"crf = {'9' * 25}",
    f"memory = '{'9' * 5000}'",
    f"start = '{'9' * 5000}'",
    "interval = 4.5",
    "interval = [4]",
    "interval = [true]",
    "preset = []",
    "point = [true]",
    "point = ['nan,nan,nan,#ffffff']",
    f"point = ['{'9' * 5000},1,1,#ffffff']",
    "hue-map = ['nan->nan']",
    "interval = {a = 1}",
    "interval = 1979-05-27",
    "interval = '\\u0000'",
    "device = 'cuda:" + "9" * 5000 + "'",
    "dry-run = 1",
    "dry-run = 'yes'",
    "a = " + "[" * 5000,
    "a = " + "{a=" * 5000,
    "a." * 5000 + "a = 1",
    "interval = 1\ninterval = 2",
    "\0",
    "refs-only-between = '1-99999999999999999999'",
    "start = '99:99:99:99'",
]


@pytest.mark.parametrize("text", HOSTILE, ids=[one[:24] for one in HOSTILE])
def test_a_value_of_another_kind_is_one_line(
    film: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("tcvc.toml").write_text(text)
    assert main(["colorize", "film.mkv"]) == 2
    printed = capsys.readouterr()
    assert printed.err.count("\n") == 1
    assert len(printed.err) < 7000
    assert "tcvc.toml" in printed.err
    assert printed.out == ""


def test_a_large_file_is_refused(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("tcvc.toml").write_text("# " + "x" * (1 << 20))
    assert main(["colorize", "film.mkv"]) == 2
    assert "larger than 1 MiB" in capsys.readouterr().err
