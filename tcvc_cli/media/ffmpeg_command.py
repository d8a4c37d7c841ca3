"""A second opinion from an ffmpeg that is installed on the machine, beside the libraries inside PyAV.

The one place that uses ffmpeg-python, which builds the command lines; only who asks loads it.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tcvc_cli.errors import MediaError
from tcvc_cli.import_path import found_program

_PROGRAM = "ffmpeg"
_ITS_OWN = ("FF", "AV_LOG_")  # variables with which a report can be written anywhere, and presets be read


def is_installed() -> bool:
    """True when there is an `ffmpeg` on the PATH."""
    return found_program(_PROGRAM) is not None


def version() -> str | None:
    """As the `ffmpeg` on the PATH says it, None where there is none or it does not run."""
    try:
        run = _run(["-version"])
    except OSError:
        return None
    return None if run.returncode else run.stdout.partition("version ")[2].partition(" ")[0]


def stream_hashes(path: Path) -> dict[int, str]:
    """sha256 in hex of each stream's packets, by stream index, without decoding.

    Two files whose streams have the same hash hold the same packets in the same order. Raises
    MediaError when there is no ffmpeg, or when it cannot read the file.
    """
    lines = _output(path, format="streamhash", hash="sha256", c="copy", map="0").splitlines()
    rows = [line.split(",") for line in lines if not line.startswith("#")]
    return {int(index): digest.partition("=")[2] for index, _, digest in rows}


def frame_hashes(path: Path, *, is_luma_only: bool = False) -> list[str]:
    """md5 in hex of each decoded frame of the first video stream, as ffmpeg's framemd5 has it.

    With `is_luma_only` the chroma planes are left out, so that a film and its coloured result agree.
    Raises MediaError as `stream_hashes` does.
    """
    chosen = {"vf": "extractplanes=y"} if is_luma_only else {}
    output = _output(path, format="framemd5", map="0:v:0", fps_mode="passthrough", **chosen)
    return [line.split(",")[-1].strip() for line in output.splitlines() if not line.startswith("#")]


def _output(path: Path, **options: str) -> str:
    if not is_installed():
        raise MediaError("there is no ffmpeg on this machine", "Install it, for example: apt install ffmpeg.")
    import ffmpeg

    command = ffmpeg.input(f"file:{path}").output("pipe:", **options).global_args("-v", "error", "-nostdin")
    run = _run(command.compile()[1:])
    if run.returncode != 0:
        raise MediaError(f"ffmpeg could not read {path.name}: {run.stderr.strip()}")
    return run.stdout


def _run(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Raises OSError where there is none, or it does not start."""
    program = found_program(_PROGRAM)
    if program is None:
        raise FileNotFoundError(_PROGRAM)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_ITS_OWN)}
    return subprocess.run(
        [program, *arguments], capture_output=True, text=True, check=False, env=environment, errors="replace"
    )
