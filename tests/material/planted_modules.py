"""Modules with names of others, as they may lie in a folder of films: each leaves word that it was loaded."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

# What Python loads for a new process, what its workers need, and what tcvc loads before and after it begins.
NAMES: Final = (
    *("pickle", "queue", "signal", "threading", "tempfile", "selectors", "socket", "subprocess", "struct"),
    *("json", "tomllib", "logging", "datetime", "sitecustomize", "usercustomize", "typer", "platformdirs"),
    *(
        "numpy",
        "torch",
        "av",
        "cv2",
        "psutil",
        "ray",
        "ffmpeg",
        "safetensors",
        "decimal",
        "tcvc_cli",
        "tests",
    ),
)
_WORD: Final = "with open({place!r}, 'a') as word:\n    word.write(__name__ + '\\n')\nraise SystemExit\n"


def plant_modules(folder: Path) -> Path:
    """Fills `folder`, and returns where they leave word."""
    word = folder.parent / f"{folder.name} was loaded"
    folder.mkdir(exist_ok=True)
    for name in NAMES:
        (folder / f"{name}.py").write_text(_WORD.format(place=str(word)))
    return word


def plant_program(folder: Path, name: str) -> Path:
    """A program of this name that leaves word too; returns where."""
    word = folder.parent / f"{name} was run"
    program = folder / (f"{name}.exe" if sys.platform == "win32" else name)
    program.write_text(f"#!/bin/sh\necho run >> '{word}'\n")
    program.chmod(0o755)
    assert os.access(program, os.X_OK)
    return word
