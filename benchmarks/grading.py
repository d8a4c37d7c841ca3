"""What grading takes, by itself: milliseconds a frame, at best, for the chroma planes of 480p and 1080p.

python -m benchmarks.grading [--frames N]

`graded` is the arithmetic alone, as painting has it; `frame` is what `tcvc grade` does to a frame of a film
in colour between decoding and encoding.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np

from benchmarks.machine import probe
from tcvc_cli.color.grade import UNCHANGED, Grade, HueMap
from tcvc_cli.color.grading import graded, vivid_ab
from tcvc_cli.media.planes import Frame, pixel_format
from tcvc_cli.records import ColorTags, Encoding, FilmInfo, FrameTime
from tcvc_cli.run.grade.parts import Mix, Part
from tcvc_cli.run.grade.regrade import regrader_of

SIZES = ((854, 480), (1920, 1080))
SWAP = (HueMap(280, 60), HueMap(60, 280))
PARTS = (
    ("saturation", Part(0, 1, Grade(saturation=1.2))),
    ("warmth", Part(0, 1, Grade(warmth=0.3))),
    ("a hue map", Part(0, 1, Grade(hue_maps=SWAP[:1]))),
    ("vivid", Part(0, 1, UNCHANGED, vivid=0.5)),
    ("all, two hue maps", Part(0, 1, Grade(1.2, 0.3, SWAP), vivid=0.5)),
)


def milliseconds(work: Callable[[], object], times: int) -> float:
    """Of the fastest, for whatever else the machine does only slows it."""
    work()
    return min(_one(work) for _ in range(times)) * 1000


def _one(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def film_of(width: int, height: int) -> FilmInfo:
    """Nothing but what a regrader asks for."""
    return FilmInfo(
        path=Path("film.mkv"),
        container="matroska,webm",
        is_photograph=False,
        video_index=0,
        width_px=width,
        height_px=height,
        sample_aspect=Fraction(1),
        frame_rate=Fraction(24),
        time_base=Fraction(1, 24),
        frame_count=1,
        pixel_format=pixel_format("yuv420p"),
        color=ColorTags(1, 1, 1, full_range=False),
        streams=(),
        chapter_count=0,
    )


def row(width: int, height: int, part: Part, frames: int) -> tuple[float, float]:
    """Milliseconds of `graded` and of a whole frame."""
    generator, film = np.random.default_rng(0), film_of(width, height)
    rows, columns = film.pixel_format.chroma_shape(height, width)
    ab = generator.normal(0, 25, (rows, columns, 2)).astype(np.float32)
    lightness = generator.uniform(0, 100, (rows, columns)).astype(np.float32)
    luma = generator.integers(16, 236, (height, width), np.uint8)
    cb, cr = generator.integers(90, 166, (2, rows, columns), np.uint8)
    frame = Frame(0, FrameTime(0, 1, film.time_base), luma, cb, cr)
    regrader = regrader_of(film, film.pixel_format, Encoding())
    return (
        milliseconds(lambda: graded(vivid_ab(ab, part.vivid), lightness, part.grade), frames),
        milliseconds(lambda: regrader.frame(frame, luma, Mix(part)), frames),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=50)
    frames: int = parser.parse_args().frames
    print(probe())
    print(f"{'size':>9}  {'grade':18}  {'graded':>9}  {'frame':>9}")
    for width, height in SIZES:
        for name, part in PARTS:
            alone_ms, frame_ms = row(width, height, part, frames)
            print(f"{height:>8}p  {name:18}  {alone_ms:6.1f} ms  {frame_ms:6.1f} ms")


if __name__ == "__main__":
    main()
