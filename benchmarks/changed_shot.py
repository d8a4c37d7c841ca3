"""What another decision about one shot of a finished film takes, beside the film.

python -m benchmarks.changed_shot [--shots 20] [--seconds 60] [--size 854x480]

Makes a grey film as benchmarks.references_speed does, colours it, decides another saturation for the shot in
its
middle, and makes the result again: by the segments that it cuts out of the finished result, and by those that
--keep-work has kept. Then it is checked that all packets are those of a run from nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import av

from benchmarks.machine import probe
from benchmarks.references_speed import ShotsFilm, make_film, shots_of
from tcvc_cli.model.colorizer import DEFAULT


def seconds_of(film: ShotsFilm, output: Path, settings: Path, model: str, *more: str) -> float:
    """Of `tcvc colorize` in a process of its own."""
    command = [sys.executable, "-m", "tcvc_cli", "colorize", str(film.path), "--shots", str(film.shots)]
    command += ["--settings", str(settings), "-o", str(output), "--model", model, "-q", "-y", *more]
    started = time.monotonic()
    subprocess.run(command, check=True)
    return time.monotonic() - started


def packets_of(path: Path) -> str:
    """One hash of the payloads and times of all packets."""
    found = hashlib.sha256()
    with av.open(str(path)) as film:
        for packet in film.demux():
            found.update(f"{packet.stream_index} {packet.pts} {packet.dts} {packet.duration}".encode())
            found.update(bytes(packet))
    return found.hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shots", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--size", default="854x480")
    parser.add_argument("--model", default=DEFAULT)
    chosen = parser.parse_args()
    width, height = map(int, chosen.size.split("x"))
    print(probe(), end="\n\n")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        film = make_film(folder / "film", (width, height), shots_of(chosen.shots, chosen.seconds))
        nothing, decided = folder / "nothing.toml", folder / "decided.toml"
        nothing.write_text("")
        decided.write_text(f"[[shot]]\nnumber = {chosen.shots // 2}\nsaturation = 0.5\n")
        print(f"{chosen.shots} shots, {film.frames} frames of {width} x {height}")
        kept, fresh = folder / "kept.mkv", folder / "fresh.mkv"
        whole = seconds_of(film, kept, nothing, chosen.model, "--keep-work")
        print(f"  the film                      {whole:7.1f} s", flush=True)
        for name, more in (
            ("one shot, work kept", ("--keep-work",)),
            ("one shot, cut out of the result", ()),
        ):
            if not more:
                seconds_of(film, kept, nothing, chosen.model, "--fresh")
            seconds = seconds_of(film, kept, decided, chosen.model, *more)
            print(f"  {name:30s}{seconds:7.1f} s, {seconds / whole:.1%}", flush=True)
            is_same = packets_of(kept) == _fresh(film, fresh, decided, chosen.model)
            print(f"  {'':30s}packets as from nothing: {is_same}", flush=True)


def _fresh(film: ShotsFilm, output: Path, settings: Path, model: str) -> str:
    if not output.exists():
        seconds_of(film, output, settings, model)
    return packets_of(output)


if __name__ == "__main__":
    main()
