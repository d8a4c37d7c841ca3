"""Inner rooms know no flag of the command line: they speak of options by their declared names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tcvc_cli.cli.arguments import with_flags

ROOT = Path(__file__).parents[2] / "tcvc_cli"
INNER = [path for path in sorted(ROOT.rglob("*.py")) if path.relative_to(ROOT).parts[0] != "cli"]
FLAG = re.compile(r"(?<![\w-])(?:--[a-z][\w-]*|-[a-z](?![\w-]))")
NAMED = re.compile(r"\{([a-z_]+)\}")
OF_OTHERS = {  # of FFmpeg, Python and the shell
    "__main__.py": {"-m"},
    "errors.py": {"-a"},
    "files.py": {"-f"},
    "limits.py": {"-n", "-u", "-v"},
    "media/ffmpeg_command.py": {"-v"},
    "media/inspect/framemd5.py": {"-c", "-f", "-i"},
    "media/write/encoders.py": {"-h"},
    "model/weights/manifest.py": {"-m"},
    "model/weights/store.py": {"-m"},
    "review/serve/coloring.py": {"-m"},
}
IN_BRACES = {"stem", "name", "ext", "styling"}  # in the template for the names of a batch, and in subtitles
DECLARES = {"Declared", "Switch"}


def declares(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in DECLARES


def texts_outside_declarations(node: ast.AST) -> Iterator[str]:
    """Docstrings included. What an f-string has in double braces stands here in single ones."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for below in ast.iter_child_nodes(node):
        if not declares(below):
            yield from texts_outside_declarations(below)


@pytest.mark.parametrize("path", INNER, ids=lambda path: str(path.relative_to(ROOT)))
def test_inner_rooms_know_no_flag(path: Path) -> None:
    texts = list(texts_outside_declarations(ast.parse(path.read_text("utf-8"))))
    flags = {flag for text in texts for flag in FLAG.findall(text)}
    assert flags == OF_OTHERS.get(str(path.relative_to(ROOT)), set())
    names = {name for text in texts for name in NAMED.findall(text)} - IN_BRACES
    assert {name for name in names if not FLAG.fullmatch(with_flags(f"{{{name}}}"))} == set()


def test_an_advice_is_said_with_flags() -> None:
    said = with_flags("Leave out {is_strict}, {overwrite} and {encoder_options}; see {help} of {nothing}.")
    assert said == "Leave out --strict, -y and --encoder-opt; see --help of {nothing}."
