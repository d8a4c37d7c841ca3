"""Files that are not what they seem: a hundred of them, and a judge that runs in a process of its own.

python tests/hostile_files.py judge FILE ...      a line of JSON for each: what became of it
python tests/hostile_files.py fuzz SEED SECONDS FILE ...    mutations of the files until time is up
"""

from __future__ import annotations

import json
import random
import resource
import signal
import struct
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from tcvc_cli.errors import TcvcError
from tcvc_cli.media.read.decode import read_frames, read_small_luma
from tcvc_cli.media.read.probe import probe
from tests.material.media_sources import Source, make

PATIENCE_S = 30
HUGE_PX = 30_000


def good_files(folder: Path) -> list[Path]:
    """A small one of each common kind."""
    kinds = {
        "h264.mkv": Source(frames=12, audio=("aac",), has_subtitle=True, has_chapters=True),
        "h264.mp4": Source(frames=12, audio=("aac",)),
        "ffv1.mkv": Source(frames=6, codec="ffv1", pixel_format="yuv422p10le", options={"slicecrc": "1"}),
        "mjpeg.avi": Source(frames=6, codec="mjpeg", is_full_range=True),
        "h264.ts": Source(frames=12, audio=("aac",)),
    }
    films = [make(folder / name, source) for name, source in kinds.items()]
    picture = np.arange(64 * 48, dtype=np.uint8).reshape(48, 64)
    for name in ("still.png", "still.jpg"):
        cv2.imwrite(str(folder / name), picture)
        films.append(folder / name)
    return films


def hostile_files(folder: Path) -> Iterator[Path]:
    """One after another; the folder must be empty."""
    (folder / "good").mkdir()
    goods = good_files(folder / "good")
    chance = random.Random(0)
    for good in goods:
        data = good.read_bytes()
        for number, share in enumerate((0, 0.001, 0.01, 0.1, 0.3, 0.6, 0.9, 0.99)):
            yield written(folder / f"cut-{number}-{good.name}", data[: int(len(data) * share)])
        for number in range(3):
            yield written(folder / f"flipped-{number}-{good.name}", flipped(data, chance, 2 ** (3 * number)))
        yield written(folder / f"{good.name}.txt", data)
    films = {path.name: path.read_bytes() for path in goods}
    yield written(folder / "png called.mkv", films["still.png"])
    yield written(folder / "mkv called.png", films["h264.mkv"])
    yield written(folder / "new\nline ü \udcff [x] %d.mkv", films["h264.mkv"])
    deep = folder / Path(*["deep" * 10] * 20)
    deep.mkdir(parents=True)
    yield written(deep / "film.mkv", films["h264.mkv"])
    yield written(folder / "noise.mkv", chance.randbytes(100_000))
    yield written(folder / "zeros.mp4", bytes(100_000))
    yield written(folder / "text.avi", b"RIFF is how it begins\n" * 999)
    yield written(folder / "two.mkv", films["h264.mkv"] + films["ffv1.mkv"])
    yield written(folder / "huge.png", huge_png())
    yield written(folder / "huge.y4m", f"YUV4MPEG2 W{HUGE_PX} H{HUGE_PX} F25:1 C420\nFRAME\n".encode() * 9)
    yield written(folder / "claims.mp4", with_huge_sample(films["h264.mp4"]))
    silent = make(folder / "good" / "silent.ts", Source(frames=12))
    yield written(folder / "sound comes later.ts", silent.read_bytes() + films["h264.ts"])
    yield written(folder / "list.m3u8", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")
    yield written(folder / "list.ffconcat", b"ffconcat version 1.0\nfile h264.mkv\n")
    (folder / "loop.mkv").symlink_to(folder / "loop.mkv")
    yield folder / "loop.mkv"
    (folder / "folder.mkv").mkdir()
    yield folder / "folder.mkv"
    yield folder / "missing.mkv"
    yield Path("/dev/zero")


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def flipped(data: bytes, chance: random.Random, count: int) -> bytes:
    changed = bytearray(data)
    for _ in range(count):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def with_huge_sample(mp4: bytes) -> bytes:
    """The table of the last track's samples says that the first has half a gigabyte."""
    sizes = mp4.rindex(b"stsz") + 4 + 12  # version and flags, common size, count
    return mp4[:sizes] + (0x22000000).to_bytes(4, "big") + mp4[sizes + 4 :]


def huge_png() -> bytes:
    """Its header says 30000 x 30000; there are two rows."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", HUGE_PX, HUGE_PX, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(2 * (HUGE_PX + 1)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def verdict(path: Path) -> str:
    """`whole`, or the kind of error; anything else is a fault of ours and comes out as it is."""
    signal.alarm(PATIENCE_S)
    try:
        film = probe(path)
        small = sum(1 for _ in read_small_luma(film))
        assert small == sum(1 for _ in read_frames(film))
    except TcvcError as error:
        return type(error).__name__ if str(error) else "an error without a word"
    finally:
        signal.alarm(0)
    return "whole"


def fuzz(seed: int, seconds: float, paths: list[Path]) -> int:
    """How many mutations were tried."""
    chance, until, tried = random.Random(seed), time.monotonic() + seconds, 0
    while time.monotonic() < until:
        good = chance.choice(paths)
        data = flipped(good.read_bytes(), chance, chance.choice((1, 3, 10, 100)))
        place = good.with_name(f"mutant{good.suffix}")
        verdict(written(place, data[: chance.choice((len(data), chance.randrange(len(data))))]))
        tried += 1
    return tried


def peak_mib() -> int:
    """Of this process alone: what Linux says of a child's resources begins with what its parent had."""
    status = Path("/proc/self/status")
    if status.is_file():
        lines = status.read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM:"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    kind, *rest = sys.argv[1:]
    if kind == "fuzz":
        print(fuzz(int(rest[0]), float(rest[1]), list(map(Path, rest[2:]))))
        return
    for name in rest:
        print(json.dumps([name, verdict(Path(name))]), flush=True)
    print(json.dumps(["peak_mib", peak_mib()]))


if __name__ == "__main__":
    main()
