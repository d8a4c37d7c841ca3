"""Options from files and variables, what counts more, and what the doctor says."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tcvc_cli.cli.main import main
from tcvc_cli.errors import UnreadableInput, WeightsRefused
from tcvc_cli.limits import unforeseen
from tcvc_cli.media import ffmpeg_command
from tcvc_cli.media.ffmpeg_command import is_installed
from tcvc_cli.run import doctor
from tcvc_cli.run.options.config import from_files
from tcvc_cli.run.rehearsal import Rehearsal
from tests.material.media_sources import Source, make

FOLDER = """
model-size = 64
preset = "master"
saturation = 0.5
[batch]
preset = "prores"
recursive = true
"""
USER = """
preset = "access"
overlap = 3
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a home beside it and no variables of ours."""
    here, home = tmp_path / "here", tmp_path / "home"
    here.mkdir()
    (home / "tcvc").mkdir(parents=True)
    monkeypatch.chdir(here)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    for name in ("TCVC_CONFIG", "TCVC_PRESET", "TCVC_SATURATION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("platformdirs.user_config_path", lambda name, **how: home / name)
    (here / "tcvc.toml").write_text(FOLDER)
    (home / "tcvc" / "tcvc.toml").write_text(USER)
    return here


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, tuple[object, str]]:
    assert main([*arguments, "config", "show", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return {f"{row['command']}.{row['option']}": (row["value"], Path(row["origin"]).name) for row in rows}


def test_nearer_counts_more(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = shown(capsys)
    assert found["colorize.preset"] == ("master", "tcvc.toml")
    assert found["batch.preset"] == ("prores", "tcvc.toml")
    assert found["batch.recursive"] == (True, "tcvc.toml")
    assert found["colorize.overlap"] == ("3", "tcvc.toml")
    assert "colorize.recursive" not in found
    monkeypatch.setenv("TCVC_PRESET", "access")
    assert shown(capsys)["colorize.preset"] == ("access", "TCVC_PRESET")
    (folder / "other.toml").write_text("saturation = 2\n")
    found = shown(capsys, "--config", "other.toml")
    assert found["colorize.saturation"] == ("2", "other.toml")
    assert "colorize.overlap" not in found


def sidecar_options(output: Path) -> dict[str, object]:
    sidecar = json.loads(output.with_name(f"{output.name}.json").read_text())
    return dict(sidecar["options"])


def test_a_run_obeys_and_the_command_line_counts_most(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = make(folder / "film.mkv", Source(frames=2))
    monkeypatch.setenv("TCVC_INTERVAL", "5")
    assert main(["colorize", str(film), "-o", "a.mkv", "--saturation", "0.25", "-q"]) == 0
    options = sidecar_options(folder / "a.mkv")
    assert (options["preset"], options["saturation"], options["model_size_px"]) == ("master", 0.25, 64)
    assert (options["overlap_frames"], options["interval_frames"]) == (3, 5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("presett = 'master'", "there is no option presett"),
        ("[shots]\njson = true", "there is no option [shots] json"),
        ("preset = ", "is not TOML"),
        ("preset = {a = {b = 1}}", "which no option takes"),
        ("preset = 'best'", "'best' is not one of"),
        ("memory = 'much'", "write 800M or 4G"),
    ],
)
def test_a_wrong_file_is_named(
    folder: Path, text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "tcvc.toml").write_text(text)
    assert main(["colorize", "film.mkv"]) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.err.count("\n") == 1


def test_a_file_that_is_asked_for_must_be_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config", "missing.toml", "config", "show"]) == 2
    assert "missing.toml: No such file" in capsys.readouterr().err


def findings(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, object]]:
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return {row["name"]: row for row in rows if "event" not in row}


@pytest.mark.slow
def test_the_doctor_finds_a_sound_machine(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    found = findings(capsys)
    named = {"tcvc", "libraries", "memory", "device", "encoders", "ffmpeg", "weights tcvc-dino", "disk here"}
    assert named | {"trial access", "trial master"} <= set(found)
    assert [row for row in found.values() if row["wrong"] is not None] == []
    assert "2 shots" in str(found["trial access"]["value"])
    assert ("untouched" in str(found["ffmpeg"]["value"])) == is_installed()


def test_the_doctor_finds_a_library_that_breaks_a_film(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All else may look well, as with a PyAV whose `open` takes other parameters."""

    def refused(*arguments: object, **parameters: object) -> None:
        raise TypeError("open() got an unexpected keyword argument")

    monkeypatch.setattr("tcvc_cli.media.read.probe.av.open", refused)
    assert main(["doctor", "--json"]) == 1
    wrong = {name: row["wrong"] for name, row in findings(capsys).items() if row["wrong"] is not None}
    words = "TypeError: open() got an unexpected keyword argument"
    assert wrong == {"trial access": words, "trial master": words}


def test_the_doctor_outlives_a_library_that_does_not_load(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "tcvc_cli.media.write.encoders", None)
    monkeypatch.setattr(doctor, "_trials", lambda: iter(()))
    assert main(["doctor", "--json"]) == 1
    found = findings(capsys)
    assert "ModuleNotFoundError" in str(found["encoders"]["wrong"])
    assert found["disk here"]["wrong"] is None


def test_the_doctor_names_another_ffmpegs_doubt(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = make(folder / "film.mkv", Source(codec="ffv1", frames=2, audio=("flac",)))
    other = make(folder / "other.mkv", Source(codec="ffv1", frames=3, audio=("flac",)))
    silent = make(folder / "silent.mkv", Source(codec="ffv1", frames=2))
    monkeypatch.setattr(ffmpeg_command, "version", lambda: "5.1")
    said = [doctor._ffmpeg(Rehearsal(film, result, 2, 1.0)) for result in (film, other, silent)]
    if is_installed():
        wrong = [one.wrong or "" for one in said]
        assert [one.rpartition(" sees ")[2] for one in wrong] == [
            "",
            "other grey values in the result",
            "other sound in the result",
        ]
    monkeypatch.setenv("PATH", str(folder))
    asked = doctor._ffmpeg(Rehearsal(film, film, 2, 1.0))
    assert asked.wrong is None
    assert "cannot be asked" in asked.value


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="no other user to be")
def test_a_home_that_may_not_be_read_says_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0)
    user = os.geteuid()
    try:
        if user == 0:
            os.seteuid(65534)
        assert list(from_files([home / ".config" / "tcvc.toml"])) == []
    finally:
        os.seteuid(user)
        home.chmod(0o700)


@pytest.mark.slow
def test_the_doctor_says_what_is_wrong(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(name: str) -> Path:
        raise WeightsRefused(f"{name} has another hash")

    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=2**20))
    monkeypatch.setattr("tcvc_cli.model.weights.store.verify", refused)
    assert main(["doctor", "--json"]) == 1
    printed = capsys.readouterr()
    wrong = {row["name"] for line in printed.out.splitlines() if (row := json.loads(line)).get("wrong")}
    weights = {f"weights {name}" for name in ("tcvc-dino", "tcvc-mini", "tcvc-places", "tcvc-points")}
    assert wrong == {*weights, "disk here", "disk temporary"}
    assert "6 things are wrong" in printed.err


def test_shell_completion_is_offered(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "--install-completion" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("interval = 'many'", "tcvc.toml, interval: Invalid value for '--interval'"),
        ("[colorize]\npreset = 'best'", "tcvc.toml, preset: Invalid value for '--preset': 'best' is not one"),
        ("memory = 'much'", "tcvc.toml, memory: "),
        ("interval = 0", "tcvc.toml, interval: --interval is 0"),
        ("start = 2\nend = 1", "tcvc.toml, end: --end is not after --start"),
        ("palette = 'x'", "tcvc.toml, palette: --palette is x; it takes 0 to 4, or all"),
        ("format = 'nut'", "tcvc.toml, format: --format is for -o -"),
    ],
)
def test_a_wrong_value_is_named_with_its_file_and_key(
    folder: Path, text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "tcvc.toml").write_text(text)
    assert main(["colorize", "film.mkv"]) == 2
    assert capsys.readouterr().err.startswith(f"tcvc: error: {said}")


def test_what_only_the_run_finds_wrong_is_named_with_its_file_and_key(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = make(folder / "film.mkv", Source(frames=2))
    (folder / "tcvc.toml").write_text('preset = "master"\ncrf = 9\n')
    assert main(["colorize", str(film)]) == 2
    words = "tcvc.toml, crf: ffv1 has no crf. Set what it has with --encoder-opt.\n"
    assert capsys.readouterr().err.endswith(f"tcvc: error: {words}")


def test_a_wrong_variable_is_named_and_the_command_line_is_not(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TCVC_INTERVAL", "many")
    assert main(["colorize", "film.mkv"]) == 2
    assert "error: TCVC_INTERVAL: Invalid value" in capsys.readouterr().err
    assert main(["colorize", "film.mkv", "--interval", "few"]) == 2
    assert "error: Invalid value for '--interval'" in capsys.readouterr().err


def test_a_variable_gives_an_option_that_may_be_repeated(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TCVC_ENCODER_OPT", "nonsense")
    assert main(["colorize", "film.mkv"]) == 2
    assert "--encoder-opt is 'nonsense', not KEY=VALUE" in capsys.readouterr().err


@pytest.mark.parametrize(("shell", "code"), [("bash", 0), ("zsh", 0), ("fish", 0), ("tcsh", 2), (None, 2)])
@pytest.mark.parametrize("option", ["--show-completion", "--install-completion"])
def test_completion_is_given_or_refused(
    option: str,
    shell: str | None,
    code: int,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setattr("typer._completion_shared._get_shell_name", lambda: shell)
    monkeypatch.setattr("typer.completion._get_shell_name", lambda: shell)
    assert main([option]) == code
    printed = capsys.readouterr()
    assert ("no completion for this shell" in printed.err) == (code == 2)
    assert ("tcvc" in printed.out) == (code == 0)


def test_a_film_does_not_go_to_a_terminal(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal, ours = os.openpty()
    try:
        monkeypatch.setattr("tcvc_cli.cli.commands.coloring.colorize.STDOUT", ours)
        assert main(["colorize", "film.mkv", "-o", "-"]) == 2
    finally:
        os.close(ours)
        os.close(terminal)
    assert "to the terminal" in capsys.readouterr().err


def test_a_list_where_one_value_belongs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of each option, of a command that has most of them: each is refused or taken, with a line."""
    assert main(["colorize", "--help"]) == 0
    keys = set(re.findall(r"--([a-z][a-z-]+)", capsys.readouterr().out)) - {"help"}
    assert {"start", "device", "shard", "operator", "refs-only-between"} <= keys
    for key in sorted(keys):
        for value in ("[1]", "['a']", "[]", "[1, 2]"):
            (folder / "given.toml").write_text(f"{key} = {value}\n")
            code = main(["--config", str(folder / "given.toml"), "colorize", "no.mkv"])
            assert code in (2, 3), (key, value, capsys.readouterr().err)


NASTY = ("", "nan", "-inf", "1e999", "9" * 400, "a b", "/", ".", "no/such", "\udcff", "[1", "{}", "\n", "-")


def test_variables_that_no_option_takes(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["colorize", "--help"]) == 0
    keys = set(re.findall(r"--([a-z][a-z-]+)", capsys.readouterr().out)) - {"help"}
    for key in sorted(keys):
        for value in NASTY:
            monkeypatch.setenv(name := "TCVC_" + key.replace("-", "_").upper(), value)
            code = main(["colorize", "no.mkv"])
            assert code in (2, 3, 4), (name, value, capsys.readouterr().err)
            monkeypatch.delenv(name)


def test_whatever_may_not_be_read_is_one_line() -> None:
    error = unforeseen(PermissionError(errno.EACCES, "Permission denied", "/root/tcvc.toml"))
    assert (type(error), str(error)) == (UnreadableInput, "no permission for /root/tcvc.toml")
