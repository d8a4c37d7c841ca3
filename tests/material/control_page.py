"""The commands of docs/control.md, run one after another on a small film, and what is there after each."""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from tcvc_cli.cli.main import main
from tests.material.colored_films import frames_of, save, write_film
from tests.material.flickering_colors import add_sound, flickering

EDGES = (0, 10, 22, 30, 40)  # of the shots; the third shows what the first does
STROKE_RGB = (160, 40, 60)
NETWORK = ("--model-size", "64", "--device", "cpu")
_SHOWN = ("astronaut", "coffee", "astronaut", "chelsea")
_WITH_NETWORK = ("colorize", "palettes", "refs")


@dataclass(frozen=True, slots=True)
class Block:
    """Commands of a section, the folder as it was before and is after them, and what they printed. `is_run`
    is false where they need a program that is not there."""

    section: str
    commands: tuple[str, ...]
    before: Path
    after: Path
    said: str
    is_run: bool = True


def make_material(folder: Path) -> None:
    """film.mkv with sound, coloured.mkv that flickers, portrait.jpg, a picture in refs and a stroke."""
    pictures = frames_of(_SHOWN, [stop - start for start, stop in pairwise(EDGES)])
    silent = write_film(folder / "silent.mkv", pictures, is_gray=True)
    add_sound(silent, folder / "film.mkv")
    silent.unlink()
    write_film(folder / "coloured.mkv", [flickering(one, number) for number, one in enumerate(pictures)])
    save(folder / "refs" / "cup.png", pictures[10])
    grey = cv2.cvtColor(pictures[0], cv2.COLOR_RGB2GRAY)
    cv2.imwrite(str(folder / "portrait.jpg"), grey)
    stroke = np.zeros((120, 160, 4), np.uint8)
    stroke[40:80, 40:90] = (*STROKE_RGB[::-1], 255)
    (folder / "strokes").mkdir()
    cv2.imwrite(str(folder / "strokes" / "12.png"), stroke)


def blocks_of(page: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The sections' headings with the lines of each block of commands."""
    for section in page.split("\n## ")[1:]:
        heading = section.partition("\n")[0]
        for block in re.findall(r"^```sh\n(.*?)^```$", section, re.DOTALL | re.MULTILINE):
            yield heading, tuple(block.splitlines())


def run_page(page: str, folder: Path, copies: Path) -> Iterator[Block]:
    """In `folder`, which is the current one. Raises AssertionError for a command that fails."""
    before = shutil.copytree(folder, copies / "0")
    for number, (heading, lines) in enumerate(blocks_of(page), 1):
        is_run = "ffmpeg " not in "".join(lines) or shutil.which("ffmpeg") is not None
        said = "".join(_run(line) for line in lines) if is_run else ""
        after = shutil.copytree(folder, copies / str(number))
        yield Block(heading, lines, before, after, said, is_run)
        before = after


def _run(line: str) -> str:
    if " | " in line:
        return _run_in_shell(line)
    name, *arguments = shlex.split(_without_remark(line))
    assert name == "tcvc", line
    said = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
    with redirect_stdout(said), redirect_stderr(said):
        code = main([*arguments, *_network(arguments)])
    said.seek(0)
    text = said.read()
    assert code == 0, f"{line}\n{text}"
    return text


def _network(arguments: list[str]) -> tuple[str, ...]:
    """The smaller network, unless another is named or the line is about what that one cannot do."""
    if arguments[0] not in _WITH_NETWORK:
        return ()
    is_default = "--model" in arguments or "--vivid" in arguments
    return NETWORK if is_default else (*NETWORK, "--model", "tcvc-mini")


def _without_remark(line: str) -> str:
    return re.sub(r"\s+# .*$", "", line)


def _run_in_shell(line: str) -> str:
    """With `tcvc` as this Python runs it."""
    tcvc = Path(".bin") / "tcvc"
    tcvc.parent.mkdir(exist_ok=True)
    tcvc.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m tcvc_cli "$@"\n')
    tcvc.chmod(0o755)
    small = {"TCVC_MODEL": "tcvc-mini", "TCVC_MODEL_SIZE": "64", "TCVC_DEVICE": "cpu"}
    root = str(Path(__file__).parents[2])
    paths = {"PATH": f"{tcvc.parent.resolve()}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": root}
    done = subprocess.run(
        ["sh", "-ec", line],
        env={**os.environ, **small, **paths},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=300,
    )
    shutil.rmtree(tcvc.parent)
    assert done.returncode == 0, f"{line}\n{done.stderr}"
    return done.stderr
