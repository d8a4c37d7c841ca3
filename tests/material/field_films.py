"""Films whose frames differ in their fields, by Debian's ffmpeg; and what its ffprobe says of any film."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

needs_ffmpeg = pytest.mark.skipif(
    shutil.which("ffmpeg") is None, reason="the films are made and judged with Debian's ffmpeg"
)
FRAMES = 5  # of each part
_WEAVES = {
    "P": ([], []),
    "T": (["tinterlace=interleave_top", "setfield=tff"], ["-flags", "+ildct+ilme", "-top", "1"]),
    "B": (["tinterlace=interleave_bottom", "setfield=bff"], ["-flags", "+ildct+ilme", "-top", "0"]),
}
_X264 = {"P": "bf=0", "T": "bf=0:tff=1", "B": "bf=0:bff=1"}


def ffmpeg(*words: str | Path) -> None:
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, words)]
    subprocess.run(command, check=True, timeout=60)


def part(path: Path, kind: str, codec: str = "libx264") -> Path:
    """`FRAMES` progressive (P), top first (T) or bottom first (B) frames."""
    weave, flags = _WEAVES[kind]
    rate = 25 if kind == "P" else 50
    steps = [
        f"testsrc2=s=64x48:r={rate}",
        "format=gray",
        "format=yuv420p",
        *weave,
        f"trim=end_frame={FRAMES}",
    ]
    more = ["-x264-params", _X264[kind]] if codec == "libx264" else []
    ffmpeg("-f", "lavfi", "-i", ",".join(steps), "-c:v", codec, *flags, *more, path)
    return path


def mixed(path: Path, kinds: str, codec: str = "libx264") -> Path:
    """Parts of these kinds, one behind the other; an elementary stream."""
    names = [path.with_name(f"{number}-{path.name}") for number in range(len(kinds))]
    parts = [part(name, kind, codec) for name, kind in zip(names, kinds, strict=True)]
    path.write_bytes(b"".join(one.read_bytes() for one in parts))
    return path


def told(path: Path, entries: str) -> list[str]:
    """What ffprobe prints of the picture for `entries`, a line each."""
    command = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-of", "csv=p=0", "-show_entries", entries]
    done = subprocess.run([*command, str(path)], capture_output=True, text=True, check=True, timeout=60)
    return [line.rstrip(",") for line in done.stdout.split("\n") if line.strip(",")]


def orders(path: Path) -> str:
    """P, T or B of each frame."""
    rows: Sequence[str] = told(path, "frame=interlaced_frame,top_field_first")
    names = {"0,0": "P", "1,1": "T", "1,0": "B"}
    return "".join(names[row[:3]] for row in rows)
