"""Whether two versions of tcvc make the same films of the same films: sha256 of every stream's packets.

python -m benchmarks.packets [--tcvc COMMAND] [--preset NAME] [--keep FOLDER]

Colours the example film and three that are made on the spot: ProRes with 10 bits, interlaced MPEG-2, and
H.264 with B-frames and a variable frame rate. Run it with the command of one version and of another, on one
machine; what is printed of the results must be the same, line for line. Where a segment begins at another
frame, a lossy encoder writes other packets for the same colours: `--preset master` shows that they are.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import probe

EXAMPLE = Path(__file__).parents[1] / "examples" / "film.mkv"
SIZE_PX = (352, 288)
FRAMES, CUT = 60, 37
RATE = Fraction(25)


def pictures() -> Iterator[NDArray[np.uint8]]:
    """(H, W) grey: two shots of drifting waves, the same every time."""
    width, height = SIZE_PX
    y, x = np.mgrid[:height, :width].astype(np.float64)
    for number in range(FRAMES):
        long_px = 90.0 if number < CUT else 37.0
        wave = np.sin((x + 2 * number) / long_px) * np.cos((y - number) / (0.6 * long_px))
        grain = np.random.default_rng(number).normal(0, 2, (height, width))
        middle = 120 if number < CUT else 90
        yield np.clip(middle + 70 * wave + grain, 0, 255).astype(np.uint8)


def write(path: Path, codec: str, pixel_format: str, options: dict[str, str], *, is_varying: bool) -> Path:
    """A film of `pictures`; with `is_varying` every third frame is shown three times as long."""
    with av.open(str(path), "w") as film:
        stream = film.add_stream(codec, rate=RATE, options=options)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = SIZE_PX
        stream.pix_fmt = pixel_format
        stream.time_base = 1 / RATE
        pts = 0
        for number, picture in enumerate(pictures()):
            frame = av.VideoFrame.from_ndarray(picture, "gray").reformat(format=pixel_format)
            frame.pts, frame.time_base = pts, 1 / RATE
            pts += 3 if is_varying and number % 3 == 2 else 1
            film.mux(stream.encode(frame))
        film.mux(stream.encode())
    return path


def films(folder: Path) -> Iterator[Path]:
    """The example, then the three that are made."""
    yield EXAMPLE
    yield write(folder / "prores.mov", "prores_ks", "yuv422p10le", {"profile": "hq"}, is_varying=False)
    interlaced = {"flags": "+ildct+ilme", "top": "1", "b": "3M"}
    yield write(folder / "interlaced.mpg", "mpeg2video", "yuv420p", interlaced, is_varying=False)
    yield write(folder / "vfr.mp4", "libx264", "yuv420p", {"bf": "3", "threads": "1"}, is_varying=True)


def packets_sha256(path: Path) -> Iterator[str]:
    """A line for each stream: its kind, its packets, and the hash of their times and contents."""
    with av.open(str(path)) as film:
        hashes = {stream.index: hashlib.sha256() for stream in film.streams}
        counts = dict.fromkeys(hashes, 0)
        for packet in film.demux():
            if packet.size:
                index = packet.stream.index
                times = f"{packet.pts} {packet.dts} {packet.duration} {packet.time_base} "
                hashes[index].update(times.encode() + bytes(packet))
                counts[index] += 1
        for stream in film.streams:
            yield f"{stream.type} {counts[stream.index]} packets {hashes[stream.index].hexdigest()[:32]}"


def main() -> None:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--tcvc", default=str(Path(sys.executable).with_name("tcvc")))
    parser.add_argument("--preset", default="access")
    parser.add_argument("--keep", type=Path, help="Where films and results are left.")
    wish = parser.parse_args()
    command = [wish.tcvc, "colorize", "-q", "-y", "--preset", wish.preset]
    print(probe())
    with tempfile.TemporaryDirectory() as place:
        folder = wish.keep or Path(place)
        folder.mkdir(exist_ok=True)
        for film in films(folder):
            result = folder / f"{film.stem}.color.mkv"
            subprocess.run([*command, film, "-o", result], check=True)
            for line in packets_sha256(result):
                print(f"{film.name:15} {line}", flush=True)


if __name__ == "__main__":
    main()
