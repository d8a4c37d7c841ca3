"""The door: exit codes, one line for an error, and what stays out of the way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from tcvc_cli import __version__, errors
from tcvc_cli.cli.console import one_line, say_error
from tcvc_cli.cli.main import app, main


def tcvc(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tcvc_cli", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=60,
        check=False,
    )


def test_version() -> None:
    done = tcvc("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"tcvc {__version__}\n", "")


def test_help_names_every_command_and_its_units() -> None:
    assert all(word in tcvc("--help").stdout for word in ("colorize", "shots"))
    text = tcvc("colorize", "--help", COLUMNS="200").stdout
    named: tuple[str, ...] = (
        "--output",
        "--model",
        "--device",
        "--interval",
        "--overlap",
        "--model-size",
        "--preset",
        "--start",
    )
    named += ("--end", "--saturation", "--shots", "-y", "-n", "--json", "-q", "-v", "--dry-run")
    assert [option for option in named if f" {option} " not in text] == []
    assert all(unit in text for unit in ("FRAMES", "PX", "FACTOR", "HH:MM:SS"))


def test_readme_lists_every_option(root: Path) -> None:
    readme = (root / "README.md").read_text(encoding="utf-8")
    command = typer.main.get_command(app)
    assert isinstance(command, typer.core.TyperGroup)
    options = [name for parameter in command.commands["colorize"].params for name in parameter.opts]
    wanted = {name for name in options if name.startswith("--") and name not in ("--quiet", "--verbose")}
    assert len(wanted) > 12
    assert {name for name in wanted if f"`{name}" not in readme} == set()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "no command given"),
        (["colorise", "a.mkv"], "Did you mean 'colorize'?"),
        (["colorize"], "Missing argument 'INPUT"),
        (["colorize", "a.mkv", "--bogus"], "--bogus"),
        (["colorize", "a.mkv", "--interval", "many"], "--interval"),
        (["colorize", "a.mkv", "--interval", "0"], "1 to 250 frames"),
        (["colorize", "a.mkv", "--model-size", "9999"], "64 to 1024 px"),
        (["colorize", "a.mkv", "--saturation", "nan"], "0 to 4"),
        (["colorize", "a.mkv", "--preset", "best"], "'access', 'master', 'prores'"),
        (["colorize", "a.mkv", "--device", "gpu"], "cuda:N"),
        (["colorize", "a.mkv", "--start", "soon"], "HH:MM:SS"),
        (["colorize", "a.mkv", "--start", "2", "--end", "1"], "--end is not after --start"),
        (["colorize", "a.mkv", "-y", "-n"], "exclude each other"),
        (["colorize", "a.mkv", "b.mkv", "-o", "c.mkv"], "2 inputs"),
        (["clean", "--remove"], "nobody to ask"),
    ],
)
def test_misuse_is_one_line_and_exit_2(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("tcvc: error: ")
    assert printed.err.count("\n") == 1
    assert said in printed.err


def test_error_line_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    say_error(errors.OutputExists("b.mkv is there already"))
    advice = "Use -y to overwrite it, -n to skip it, or -o for another name."
    assert capsys.readouterr().err == f"tcvc: error: b.mkv is there already. {advice}\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\nb\r\x1b[31m.mkv", r"a\nb\r\x1b[31m.mkv"),
        ("[bold]ü日本.mkv", "[bold]ü日本.mkv"),
        ("caf\udce9\u2028", r"caf\udce9\u2028"),
    ],
)
def test_names_cannot_break_the_line(text: str, line: str) -> None:
    assert one_line(text) == line


def test_odd_names_reach_stderr_whole() -> None:
    done = tcvc("shots", "no\nsuch[red]ü.mkv", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == errors.InputError.exit_code
    assert done.stderr.count("\n") == 1
    assert r"no\nsuch[red]\xfc.mkv" in done.stderr


def test_traceback_only_on_demand(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.mkv")
    assert "Traceback" not in tcvc("shots", missing).stderr
    verbose = tcvc("shots", missing, "-v").stderr
    assert "Traceback" in verbose
    assert verbose.splitlines()[-1].startswith("tcvc: error: ")


def test_every_error_has_its_documented_exit_code(root: Path) -> None:
    """The tree drawn at the top of errors.py, and the table in the README, say what the classes do."""
    readme = (root / "README.md").read_text(encoding="utf-8")
    kinds: list[type[errors.TcvcError]] = [*errors.TcvcError.__subclasses__(), errors.TcvcError]
    for kind in kinds:
        if kind.__module__ == errors.__name__:
            assert f"| {kind.exit_code} |" in readme, kind


STARTS_LIGHT = """
import sys
from tcvc_cli.cli.main import app, main
assert main(sys.argv[1:]) == 0
heavy = {"torch", "av", "numpy", "cv2", "safetensors", "huggingface_hub"} & set(sys.modules)
assert not heavy, heavy
"""


@pytest.mark.parametrize("arguments", [["--help"], ["colorize", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", STARTS_LIGHT, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_closed_pipe_is_quiet() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "tcvc_cli", "--help"]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


def main_with(raised: BaseException, monkeypatch: pytest.MonkeyPatch) -> int:
    """The exit code when a command ends in `raised`."""
    app = typer.Typer()

    @app.command()
    def fail() -> None:
        raise raised

    monkeypatch.setattr("tcvc_cli.cli.main.app", app)
    return main([])


@pytest.mark.parametrize(
    ("raised", "code", "line"),
    [
        (ZeroDivisionError("a\nb"), 70, r"ZeroDivisionError: a\nb. Run again with -v for details."),
        (OSError(28, "No space left on device"), 70, "[Errno 28] No space left on device. Run again"),
        (KeyboardInterrupt(), 130, "Stopped. Nothing was left half-written"),
        (errors.Interrupted("Stopped"), 130, "Stopped. Nothing was left half-written"),
        (errors.DiskFull("the disk is full"), 4, "the disk is full. Make room"),
    ],
)
def test_whatever_goes_wrong_is_one_line(
    raised: BaseException,
    code: int,
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main_with(raised, monkeypatch) == code
    said = capsys.readouterr().err
    assert line in said
    assert said.startswith("tcvc: error: ")
    assert said.count("\n") == 1


@pytest.mark.skipif(os.name != "posix", reason="other systems keep the folder that one is in")
def test_a_folder_that_is_gone_is_named(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    steps = (
        "import os, sys",
        "from tcvc_cli.cli.main import main",
        "os.rmdir(os.getcwd())",
        "sys.exit(main(['doctor']))",
    )
    python = os.path.abspath(sys.executable)
    done = subprocess.run(
        [python, "-c", "; ".join(steps)], cwd=gone, capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    told = "tcvc: error: the folder that this was started in is gone. Change into another.\n"
    assert done.stderr == told
