"""What the last frames of a film cost beside all of it: decoding begins at the key frame before them.

python -m benchmarks.seeking [--minutes 10] [--frames 10] [--size 320x240] [--folder FOLDER]

Reads each film once from its start and then its last frames, twice: as a run does, whose first walk has noted
where decoding may begin, and in a fresh process that is given these notes. Seconds are of the processor, all
threads together, for other work on the machine counts for less there.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import machine
from tcvc_cli.media.planes import Frame
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.read.seen.frame_index import FrameIndex, frame_index
from tcvc_cli.records import FilmInfo

RATE = 25
X265 = "log-level=none:pools=none:frame-threads=1"
FILMS = {  # the encoders' own distances of key frames where none is given
    "h264.mp4": ("-c:v", "libx264", "-preset", "veryfast"),
    "h264.mkv": ("-c:v", "libx264", "-preset", "veryfast", "-x264-params", "open-gop=1"),
    "h264.ts": ("-c:v", "libx264", "-preset", "veryfast"),
    "h264.h264": ("-c:v", "libx264", "-preset", "veryfast"),
    "hevc.mkv": ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", X265),
    "mpeg2.mpg": ("-c:v", "mpeg2video", "-bf", "2", "-b:v", "2M"),
    "mpeg4.avi": ("-c:v", "mpeg4", "-bf", "2", "-b:v", "1M"),
    "ffv1.mkv": ("-c:v", "ffv1", "-level", "3", "-g", "1"),
    "prores.mov": ("-c:v", "prores_ks", "-pix_fmt", "yuv422p10le"),
}


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of the processor: of reading all, of its last frames here and in a fresh process."""

    frames: int
    complete_s: float
    part_s: float
    elsewhere_s: float


def make_film(path: Path, seconds: int, size: str) -> Path:
    """Moving pictures with grain, by Debian's ffmpeg."""
    pictures = f"testsrc2=s={size}:r={RATE}:d={seconds},noise=alls=8:allf=t,format=yuv420p"
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", pictures]
    subprocess.run([*command, *FILMS[path.name], str(path)], check=True)
    return path


def cost_of(film: FilmInfo, last_frames: int) -> Cost:
    """Raises SystemExit when the last frames are not those that reading from the start gives."""
    expected: list[bytes] = []

    complete_s = processor_s(lambda: expected.extend(map(hash_of, read_frames(film))))
    start = len(expected) - last_frames
    found: list[bytes] = []
    part_s = processor_s(lambda: found.extend(map(hash_of, read_frames(film, start))))
    index = frame_index(film, start)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        elsewhere_s, elsewhere = pool.apply(read_elsewhere, (film, start, index))
    if found != expected[start:] or elsewhere != expected[start:]:
        raise SystemExit(f"{film.path.name}: the last frames are others than from the start")
    return Cost(len(expected), complete_s, part_s, elsewhere_s)


def read_elsewhere(film: FilmInfo, start: int, index: FrameIndex) -> tuple[float, list[bytes]]:
    found: list[bytes] = []
    seconds = processor_s(lambda: found.extend(map(hash_of, read_frames(film, start, index=index))))
    return seconds, found


def hash_of(frame: Frame) -> bytes:
    planes = (plane for plane in (frame.luma, frame.cb, frame.cr) if plane is not None)
    return hashlib.sha256(b"".join(plane.tobytes() for plane in planes) + repr(frame.time).encode()).digest()


def processor_s(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--frames", type=int, default=10)
    parser.add_argument("--size", default="320x240")
    parser.add_argument("--folder", type=Path, help="where the films are made and kept")
    given = parser.parse_args()
    print(machine.probe(), end="\n\n")
    last = f"last {given.frames}"
    print(f"{'film':<12} {'frames':>7} {'all':>9} {last:>9} {'share':>7} {'elsewhere':>10}")
    with tempfile.TemporaryDirectory() as temporary:
        for name in FILMS:
            path = (given.folder or Path(temporary)) / name
            if not path.exists():
                make_film(path, round(60 * given.minutes), given.size)
            cost = cost_of(probe(path), given.frames)
            shares = cost.part_s / cost.complete_s, cost.elsewhere_s / cost.complete_s
            row = f"{name:<12} {cost.frames:>7} {cost.complete_s:>7.2f} s {cost.part_s:>7.3f} s"
            print(f"{row} {shares[0]:>7.2%} {shares[1]:>10.2%}", flush=True)


if __name__ == "__main__":
    main()
