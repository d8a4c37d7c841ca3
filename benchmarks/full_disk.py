"""Disks that fill up: clear errors, nothing lost, and the run goes on once there is room.

python -m benchmarks.full_disk [--sizes KIB ...]      (Linux, as root: it mounts a tmpfs for each size)

Each run writes to a disk of its own that is too small, and must end with exit code 4, with the input as it
was and nothing half-written under the final name. Then the disk grows, and the same command must end in
the packets of a run that always had room.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.kills import SETTINGS
from examples.six_shots import make_film, read_result
from tcvc_cli.errors import OutputError

SIZES_KIB = tuple(range(8, 248, 8))  # the last ones have room enough
ROOM_KIB = 64 * 1024


@contextmanager
def disk(place: Path, size_kib: int) -> Iterator[Path]:
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_kib}k", "tmpfs", str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def grow(place: Path) -> None:
    subprocess.run(["mount", "-o", f"remount,size={ROOM_KIB}k", str(place)], check=True)


def colorize(film: Path, output: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tcvc_cli", "colorize", str(film), "-o", str(output), "-q", *SETTINGS]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES_KIB, help="of the disks, KiB")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        film, whole = Path(folder) / "film.mkv", Path(folder) / "whole.mkv"
        make_film(film)
        content = film.read_bytes()
        assert colorize(film, whole).returncode == 0
        reference = read_result(whole)
        good = 0
        for size in chosen.sizes:
            with disk(Path(folder) / f"{size}", size) as place:
                output = place / "color.mkv"
                first = colorize(film, output)
                # There may be no room for the sidecar alone.
                is_never_half = not output.exists() or read_result(output) == reference
                grow(place)
                had_room = first.returncode == 0
                second = first if had_room else colorize(film, output)
                is_same = second.returncode == 0 and read_result(output) == reference
            is_clear = first.returncode == OutputError.exit_code and first.stderr.count("\n") == 1
            is_good = is_same and is_never_half and film.read_bytes() == content and (had_room or is_clear)
            good += is_good
            said = "had room" if had_room else first.stderr.strip()
            print(f"{size:5d} KiB  {'good' if is_good else 'BAD '}  {said}", flush=True)
        print(f"{good} of {len(chosen.sizes)} good")
    sys.exit(good != len(chosen.sizes))


if __name__ == "__main__":
    main()
