"""How large the page of a film of many shots is, and how long it takes to make.

python -m benchmarks.review_folder [--shots 500] [--frames 24] [--size 480x360] [--folder FOLDER] [--palettes]

The film is made up: each shot is another texture, with grain, that moves; the result is the same in colour.
Pictures without detail would make any folder small. With --palettes the default network lays all its
colourings of each shot beside the result.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks import machine
from tcvc_cli.review.page.build import build
from tcvc_cli.review.page.request import ReviewRequest
from tcvc_cli.run.options.film import Options

Bytes = NDArray[np.uint8]
RATE = 24
_STEP_PX = 3
_GRAIN = 4.0


def make_films(folder: Path, shots: int, frames: int, size: tuple[int, int]) -> tuple[Path, Path, Path]:
    """The film, its result and the list of its shots."""
    film, result, rows = folder / "film.mkv", folder / "result.mkv", folder / "shots.csv"
    with av.open(str(film), "w") as gray, av.open(str(result), "w") as color:
        streams = [_stream(container, size) for container in (gray, color)]
        for number, picture in enumerate(_pictures(shots, frames, size)):
            gray_picture = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
            neutral: Bytes = np.dstack([gray_picture] * 3)
            for container, stream, one in zip((gray, color), streams, (neutral, picture), strict=True):
                frame = av.VideoFrame.from_ndarray(one, "rgb24").reformat(format="yuv420p")
                frame.pts = number
                container.mux(stream.encode(frame))
        for container, stream in zip((gray, color), streams, strict=True):
            container.mux(stream.encode(None))
    edges = range(0, shots * frames, frames)
    rows.write_text("start_frame,stop_frame\n" + "".join(f"{at},{at + frames}\n" for at in edges))
    return film, result, rows


def _stream(container: av.container.OutputContainer, size: tuple[int, int]) -> av.VideoStream:
    stream = container.add_stream("libx264", rate=RATE, options={"preset": "ultrafast", "crf": "18"})
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    return stream


def _pictures(shots: int, frames: int, size: tuple[int, int]) -> Iterator[Bytes]:
    width, height = size
    for shot in range(shots):
        random = np.random.default_rng(shot)
        field = _texture(random, width + _STEP_PX * frames, height)
        for number in range(frames):
            left = _STEP_PX * number
            grain = random.normal(0, _GRAIN, (height, width, 1))
            yield np.clip(field[:, left : left + width] + grain, 0, 255).astype(np.uint8)


def _texture(random: np.random.Generator, width: int, height: int) -> NDArray[np.float32]:
    """(height, width, 3): detail of every size, the finer the fainter, as photographs have it."""
    field = np.zeros((height, width, 3), np.float32)
    cells = 4
    while cells < width:
        some = random.normal(0, 1, (max(2, cells * height // width), cells, 3)).astype(np.float32)
        some = 0.7 * some.mean(-1, keepdims=True) + 0.3 * some
        field += cv2.resize(some, (width, height), interpolation=cv2.INTER_CUBIC) / np.sqrt(cells)
        cells *= 2
    field -= field.mean()
    return np.asarray(128 + 45 * field / field.std(), np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shots", type=int, default=500)
    parser.add_argument("--frames", type=int, default=24, help="of each shot")
    parser.add_argument("--size", default="480x360")
    parser.add_argument("--folder", type=Path, help="where the film is made and kept")
    parser.add_argument("--palettes", action="store_true", help="with the colourings of the network")
    given = parser.parse_args()
    print(machine.probe(), end="\n\n", flush=True)
    width, height = map(int, given.size.split("x"))
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        film, result, rows = make_films(folder, given.shots, given.frames, (width, height))
        page, started, worked = folder / "film.review", time.perf_counter(), time.process_time()
        options = Options(film, page, shots_file=rows)
        for _ in build(ReviewRequest(options, result, is_without_palettes=not given.palettes)):
            pass
        seconds, processor_s = time.perf_counter() - started, time.process_time() - worked
        sizes = [path.stat().st_size for path in page.rglob("*") if path.is_file()]
        scripts = [path.stat().st_size for path in (page / "data" / "shots").iterdir()]
    print(f"{given.shots} shots of {given.frames} frames, {given.size}")
    print(f"folder  {sum(sizes) / 1e6:.1f} MB, the largest script of a shot {max(scripts) / 1e3:.0f} kB")
    print(f"seconds {seconds:.1f}, {seconds / given.shots:.3f} a shot")
    print(f"of the processor {processor_s:.1f} s, {processor_s / given.shots:.3f} a shot")


if __name__ == "__main__":
    main()
