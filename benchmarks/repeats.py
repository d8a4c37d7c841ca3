"""Whether the same planes, given to an encoder again, come out as the same stream.

python -m benchmarks.repeats [--times N] [--busy N] [--size WxH] [--frames N] [--encoders NAME...]

Every encoder writes the same film `--times` times with the settings that `tcvc colorize` gives it, on all
cores and on one in turn, beside `--busy` processes that never rest. 720 px are 45 macroblocks, a width with
which x264's code for AVX-512 goes wrong (docs/encoders.md).
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av

from benchmarks.machine import probe
from benchmarks.throughput import make_film
from tcvc_cli.color.grade import Grade
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe as probe_film
from tcvc_cli.media.write.encode import SegmentWriter, output_format
from tcvc_cli.records import Encoding
from tcvc_cli.run.film.paint import PaintedFrame, paint

ENCODERS = ("access", "master", "prores", "libx265", "libsvtav1", "libvpx-vp9")
_REST = "while True: pass"


@contextmanager
def busy_neighbours(count: int) -> Iterator[None]:
    """So many processes that take a core each, as long as the block lasts."""
    neighbours = [subprocess.Popen([sys.executable, "-c", _REST]) for _ in range(count)]
    try:
        yield
    finally:
        for one in neighbours:
            one.kill()
            one.wait()


@contextmanager
def cores(allowed: set[int]) -> Iterator[None]:
    """This process on these cores alone."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, allowed)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def stream_sha256(film: Path, encoding: Encoding, path: Path) -> str:
    """Of all packets, in the order of coding, of what the encoder makes of the film's own planes."""
    info = probe_film(film)
    target = output_format(info, encoding)
    with SegmentWriter(path, info, encoding) as writer:
        for frame in read_frames(info):
            writer.write(paint(info, target, PaintedFrame(frame, None), Grade()))
    digest = hashlib.sha256()
    with av.open(str(path)) as coded:
        for packet in coded.demux(video=0):
            digest.update(bytes(packet))
    return digest.hexdigest()


def streams(film: Path, encoding: Encoding, folder: Path, times: int) -> Counter[str]:
    """How often each stream came out."""
    all_cores = os.sched_getaffinity(0)
    found: Counter[str] = Counter()
    for number in range(times):
        with cores({min(all_cores)} if number % 2 else all_cores):
            found[stream_sha256(film, encoding, folder / "coded.mkv")] += 1
    return found


def encoding_named(name: str) -> Encoding:
    """A preset or an encoder."""
    return Encoding(name) if name in ("access", "master", "prores") else Encoding(encoder=name)


def main() -> None:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--busy", type=int, default=2)
    parser.add_argument("--size", default="720x576")
    parser.add_argument("--frames", type=int, default=48)
    parser.add_argument("--encoders", nargs="+", default=ENCODERS)
    wish = parser.parse_args()
    print(probe())
    width, height = map(int, wish.size.split("x"))
    with tempfile.TemporaryDirectory() as place, busy_neighbours(wish.busy):
        film = Path(place, "film.mkv")
        make_film(film, (width, height), wish.frames)
        for name in wish.encoders:
            started = time.perf_counter()
            found = streams(film, encoding_named(name), Path(place), wish.times)
            seconds = time.perf_counter() - started
            counts = ", ".join(map(str, sorted(found.values(), reverse=True)))
            print(f"{name:12} {len(found)} different of {wish.times} ({counts}), {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main()
