"""Manual pages, of what the commands declare: tcvc(1), and one for each command, as git has them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from typer._click import Command, Context
from typer.main import get_command

from tcvc_cli import __version__, errors
from tcvc_cli.cli.command import App
from tcvc_cli.cli.described import commands_of, described, options_by_panel
from tcvc_cli.cli.documents.roff import escaped, item, line, literal, part, section

Examples = tuple[tuple[str, str], ...]
_PROGRAM: Final = "tcvc"
_ERROR: Final = re.compile(r"[├└]── (\w+)\s+(\d+)\s+(\S.*)$", re.MULTILINE)
_EXAMPLE: Final = re.compile(r"^(?P<command>\S.*?)(?:\s{2,}# (?P<words>.*))?$")
_ENVIRONMENT: Final = (
    ("TCVC_CONFIG", "A file with options, instead of tcvc.toml."),
    ("TCVC_*", "An option: TCVC_MODEL_SIZE is --model-size of every command that tcvc.toml counts for."),
    ("TCVC_CALIBRATION", "Where it is kept how fast runs were; see docs/performance.md."),
    ("COLUMNS", "How wide help and tables are; below 80, help has no columns."),
    ("NO_COLOR", "Where it is set, words have no colours."),
)
_FILES: Final = (
    ("tcvc.toml", "Options, in the folder and in the user's config folder; see docs/config.md."),
    ("FILM.tcvc.toml", "What is decided shot by shot; see docs/settings.md."),
    ("FILM.color.mkv", "The result, beside the film unless it is named."),
    ("FILM.color.mkv.json", "The sidecar, which says how the result came to be; see docs/sidecar.md."),
)


def pages(app: App, readme: str) -> Mapping[str, str]:
    """The pages by the names of their files. `readme` holds the examples, in the first block below "Use"."""
    root = get_command(app)
    top = Context(root, info_name=_PROGRAM, **root.context_settings)
    shown = examples(readme)
    found = {f"{_PROGRAM}.1": _text(_main_page(root, top, shown))}
    for name, command in commands_of(root).items():
        below = Context(command, info_name=name, parent=top)
        found[f"{_PROGRAM}-{name}.1"] = _text(_page(command, below, shown))
    return found


def examples(readme: str) -> Examples:
    """Commands, each with what it is for, empty where the line before says it."""
    block = readme.partition("## Use\n")[2].partition("```sh\n")[2].partition("```")[0]
    rows = (found for one in block.splitlines() if (found := _EXAMPLE.match(one)))
    return tuple((row["command"], row["words"] or "") for row in rows)


def _text(lines: Iterator[str]) -> str:
    return "\n".join(lines) + "\n"


def _main_page(root: Command, context: Context, shown: Examples) -> Iterator[str]:
    yield from _head(_PROGRAM, root.help or "")
    yield from (".B tcvc", line("[OPTIONS] COMMAND [ARGS]..."))
    yield from (section("DESCRIPTION"), line(root.help or ""))
    yield line("Progress and warnings go to stderr, results to stdout.")
    yield section("COMMANDS")
    for name, command in commands_of(root).items():
        yield from item(f"{_PROGRAM}-{name}(1)", command.get_short_help_str(10_000))
    yield section("OPTIONS")
    yield from _parameters(root, context)
    yield from _exit_codes()
    for title, rows in (("ENVIRONMENT", _ENVIRONMENT), ("FILES", _FILES)):
        yield section(title)
        for name, words in rows:
            yield from item(name, words)
    yield from _examples(shown)
    yield from _see_also(f"{_PROGRAM}-{name}" for name in commands_of(root))


def _page(command: Command, context: Context, shown: Examples) -> Iterator[str]:
    yield from _head(context.command_path.replace(" ", "-"), command.get_short_help_str(10_000))
    yield from _synopsis([*_below(command, context)] or [(command, context)])
    yield from (section("DESCRIPTION"), line(command.help or ""))
    yield section("OPTIONS")
    yield from _parameters(command, context)
    for one, below in _below(command, context):
        yield from (section(below.command_path.upper()), line(one.help or ""))
        yield from _parameters(one, below)
    start = f"{context.command_path} "
    yield from _examples(tuple(row for row in shown if start in f"{row[0]} "))
    yield section("EXIT STATUS")
    yield line("0 where all is done; the others are those of tcvc(1).")
    yield from _see_also([_PROGRAM])


def _head(name: str, words: str) -> Iterator[str]:
    version = f"{_PROGRAM} {__version__}"
    yield f'.TH "{escaped(name.upper())}" "1" "" "{escaped(version)}" "{escaped("tcvc manual")}"'
    yield from (".nh", ".ad l")  # flags are not to be broken
    yield section("NAME")
    yield rf"{escaped(name)} \- {escaped(words.rstrip('.'))}"
    yield section("SYNOPSIS")


def _synopsis(commands: Iterable[tuple[Command, Context]]) -> Iterator[str]:
    for number, (one, context) in enumerate(commands):
        if number:
            yield ".br"
        yield f'.B "{escaped(context.command_path)}"'
        yield line(" ".join(one.collect_usage_pieces(context)))


def _below(command: Command, context: Context) -> Iterator[tuple[Command, Context]]:
    for name, one in commands_of(command).items():
        yield one, Context(one, info_name=name, parent=context)


def _parameters(command: Command, context: Context) -> Iterator[str]:
    """Panels that have a name are parts."""
    for title, parameters in options_by_panel(command, context):
        if title not in ("Options", "Arguments"):
            yield part(title)
        for one in parameters:
            found = described(one, context)
            default = f" Default: {found.default}." if found.default else ""
            yield from item(found.heading, f"{found.help}{default}")


def _exit_codes() -> Iterator[str]:
    """As the tree of errors has them, in order."""
    yield section("EXIT STATUS")
    yield from item("0", "Done.")
    yield from item("1", "Another error, or the reader of the output went away.")
    rows = _ERROR.findall(errors.__doc__ or "")
    for _, code, words in sorted(rows, key=lambda row: int(row[1])):
        yield from item(code, f"{words[0].upper()}{words[1:]}.")


def _examples(shown: Examples) -> Iterator[str]:
    if not shown:
        return
    yield section("EXAMPLES")
    for number, (command, words) in enumerate(shown):
        yield from ((".PP",) if number else ())
        if words:
            yield line(f"{words.rstrip(':')}:")
        yield from literal([command])


def _see_also(names: Iterable[str]) -> Iterator[str]:
    yield section("SEE ALSO")
    yield line(", ".join(f"{name}(1)" for name in names))
