"""What is planted, and which row of the proof must find it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

TOOLS = ("ffmpeg", "mkvmerge", "mkvpropedit")

Plant = Callable[[Path, Path], None]  # a faultless result, and the file to write


@dataclass(frozen=True)
class Fault:
    """`what` is planted, in words, into a faultless result of the film called `film`; these `rows` fail, and
    no other."""

    what: str
    film: str
    rows: tuple[str, ...]
    plant: Plant


def are_installed() -> bool:
    """All of Debian's tools that films are made and spoiled with."""
    return all(shutil.which(tool) for tool in TOOLS)


def run(*words: str | Path) -> None:
    subprocess.run([str(word) for word in words], check=True, capture_output=True, timeout=120)


def ffmpeg(*words: str | Path) -> None:
    run("ffmpeg", "-y", "-v", "error", "-nostdin", *words)


def copied(*words: str, streams: tuple[str, ...] = ("-map", "0")) -> Plant:
    """By FFmpeg, which copies every stream but for what `words` say."""

    def plant(original: Path, target: Path) -> None:
        kept = ("-copyts", "-i", str(original), *streams, "-c", "copy", "-default_mode", "passthrough")
        ffmpeg(*kept, "-avoid_negative_ts", "disabled", *words, target)

    return plant


def edited(*words: str) -> Plant:
    """By mkvpropedit, in a copy."""

    def plant(original: Path, target: Path) -> None:
        shutil.copyfile(original, target)
        run("mkvpropedit", target, *words)

    return plant


def replaced(old: bytes, new: bytes) -> Plant:
    """One row of bytes by another of the same length."""

    def plant(original: Path, target: Path) -> None:
        data = original.read_bytes()
        assert old in data
        assert len(old) == len(new)
        target.write_bytes(data.replace(old, new))

    return plant
