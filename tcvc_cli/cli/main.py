"""The door: builds the command, and turns whatever goes wrong into one line and an exit code.

0 done   2 usage   3 input   4 output   5 model   6 media   7 proof   8 batch   70 fault in tcvc
129 the terminal is gone   130 stopped
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from tcvc_cli import __version__
from tcvc_cli.cli import telling
from tcvc_cli.cli.arguments import ConfigFile
from tcvc_cli.cli.command import App
from tcvc_cli.cli.commands import config, train, weights
from tcvc_cli.cli.commands.bag import bag
from tcvc_cli.cli.commands.clean import clean
from tcvc_cli.cli.commands.coloring import refs
from tcvc_cli.cli.commands.coloring.batch import batch
from tcvc_cli.cli.commands.coloring.colorize import colorize
from tcvc_cli.cli.commands.coloring.grade import grade
from tcvc_cli.cli.commands.coloring.join import join
from tcvc_cli.cli.commands.coloring.palettes import palettes
from tcvc_cli.cli.commands.coloring.settings import settings
from tcvc_cli.cli.commands.coloring.stabilize import stabilize
from tcvc_cli.cli.commands.doctor import doctor
from tcvc_cli.cli.commands.looking.compare import compare
from tcvc_cli.cli.commands.looking.preview import preview
from tcvc_cli.cli.commands.looking.report import report
from tcvc_cli.cli.commands.looking.review import review
from tcvc_cli.cli.commands.looking.sheet import sheet
from tcvc_cli.cli.commands.measure import measure
from tcvc_cli.cli.commands.shots import shots
from tcvc_cli.cli.commands.verify import verify
from tcvc_cli.cli.console import one_line, say_error, set_quiet
from tcvc_cli.cli.process import signals, streams
from tcvc_cli.cli.process.streams import forget_stdout
from tcvc_cli.errors import InputError, Interrupted, OutputError, TcvcError, UsageError
from tcvc_cli.limits import lost_library, unforeseen
from tcvc_cli.readers import own_readers

READER_GONE = 1
_TERMINAL_SIZE = ("COLUMNS", "LINES")
_COMPLETION = ("--install-completion", "--show-completion")
_VALIDATOR = "Value error, "  # what stands before its message is of no use to a person

app = App(
    name="tcvc", pretty_exceptions_enable=False, context_settings={"help_option_names": ["-h", "--help"]}
)
app.command()(colorize)
app.command()(join)
app.command()(grade)
app.command()(shots)
app.command()(settings)
app.command()(stabilize)
app.command()(palettes)
app.command()(sheet)
app.command()(compare)
app.command()(preview)
app.command()(review)
app.command()(report)
app.command()(verify)
app.command()(bag)
app.command()(measure)
app.command()(clean)
app.command()(batch)
app.command()(doctor)
app.add_typer(config.app, name="config")
app.add_typer(refs.app, name="refs")
app.add_typer(weights.app, name="weights")
app.add_typer(train.app, name="train")


def print_version(wanted: bool) -> None:  # noqa: FBT001 (Typer calls it so)
    if wanted:
        print(f"tcvc {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def tcvc(
    context: typer.Context,
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=print_version, is_eager=True, metavar="", help="Print the version."
        ),
    ] = False,
    config_file: ConfigFile = None,
) -> None:
    """Turns black-and-white films into colour films whose colours hold still."""
    config.apply(context, config_file)
    if context.invoked_subcommand is None:
        raise UsageError("no command given", "For example: tcvc colorize film.mp4, or see tcvc --help.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line (`sys.argv` when None), prints at most one error line, returns the exit code."""
    try:
        prepare_process()
        with own_readers():
            return ended(arguments)
    except KeyboardInterrupt:  # while the end was told
        forget_stdout()
        return signals.stopped().exit_code


def ended(arguments: Sequence[str] | None) -> int:
    set_quiet()
    telling.expect(sys.argv[1:] if arguments is None else arguments)
    try:
        refuse_lost_folder()
        code = run(arguments)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        forget_stdout()
        return READER_GONE
    except TcvcError as error:
        say_error(error)
        return told(error)


def refuse_lost_folder() -> None:
    """Raises InputError where somebody has removed the folder that the shell is in: PyTorch's libraries end
    the process there without a word of ours."""
    try:
        os.getcwd()
    except FileNotFoundError as error:
        raise InputError("the folder that this was started in is gone", "Change into another.") from error


def told(error: TcvcError) -> int:
    """A program hears of it as well, where it can."""
    try:
        telling.write_failure(error)
        sys.stdout.flush()
    except (BrokenPipeError, OutputError):
        forget_stdout()
    return error.exit_code


def prepare_process() -> None:
    """SIGTERM ends a run as Ctrl-C does; a name that the terminal cannot show is spelled out.

    PyTorch's threads sleep while they wait, rather than keep the decoder and the encoder from the cores; that
    is read when PyTorch is loaded.
    """
    streams.prepare()
    for name in _TERMINAL_SIZE:
        if not os.environ.get(name, "1").strip("0").isdecimal():
            del os.environ[name]  # rich would take it at its word, and print nothing
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    signals.prepare()


def run(arguments: Sequence[str] | None) -> int:
    """Every exception that leaves it is a TcvcError or a BrokenPipeError."""
    command = typer.main.get_command(app)
    try:
        code = command.main(arguments, prog_name="tcvc", standalone_mode=False)
    except typer.TyperException as error:
        raise misused(error) from error
    except KeyboardInterrupt as error:
        raise signals.stopped() from error
    except (TcvcError, BrokenPipeError):
        raise
    except SystemExit as error:
        if error.code in (None, 0):  # completion was shown or installed
            return 0
        raise BrokenPipeError from error  # Typer's answer to a closed pipe
    except Exception as error:
        raise understood(error) from error
    if code == Interrupted.exit_code:  # Typer's answer to Ctrl-C
        raise signals.stopped()
    if code and set(_COMPLETION) & set(sys.argv if arguments is None else arguments):
        raise UsageError("there is no completion for this shell", "Run it in bash, zsh, fish or PowerShell.")
    return int(code or 0)


def understood(error: Exception) -> TcvcError:
    """What nothing has caught."""
    if signals.is_stopped():  # in the middle of a library, which made this of it
        return signals.stopped()
    if is_no_name(error):
        return UsageError("a name is none that a file can have", "Check the paths.")
    return lost_library(error) if isinstance(error, ImportError) else unforeseen(error)


def is_no_name(error: Exception) -> bool:
    """Whether the system refused a path for its text alone, wherever that was found out."""
    if isinstance(error, OSError):
        return error.errno == errno.ELOOP
    return isinstance(error, ValueError) and "embedded null" in str(error)


def misused(error: typer.TyperException) -> UsageError:
    """Typer's message on one line, with the help page that belongs to it."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "tcvc"
    message = " ".join(error.format_message().replace(_VALIDATOR, "").split()) or "no command given"
    origin = config.origin_of(context, getattr(error, "param", None))
    return UsageError(f"{origin}: {message}" if origin else message, f"See {one_line(path)} --help.")
