"""Grey pictures that move a little, as cells and as films, with something in colour on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.color.detection import ColorWatch, FrameColor
from tcvc_cli.media.planes import pixel_format, write_planes
from tcvc_cli.records import ColorTags

TAGS = ColorTags(2, 2, 2, full_range=False)
Bytes = NDArray[np.uint8]
Cells = tuple[Bytes, Bytes, Bytes]
Chroma = Callable[[int, NDArray[np.float64], NDArray[np.float64]], None]


def scene(number: int, cb: NDArray[np.float64], cr: NDArray[np.float64]) -> Cells:
    """Frame `number` in cells, with these chroma planes."""
    luma = np.clip(90 + 60 * np.sin(np.arange(32) / 3 + number / 9) + 2 * np.arange(24)[:, None], 20, 230)
    return luma.astype(np.uint8), np.rint(cb).astype(np.uint8), np.rint(cr).astype(np.uint8)


def scenes(count: int, paint: Chroma, grey: tuple[int, int] = (128, 128)) -> list[Cells]:
    """So many frames, on whose planes of `grey` chroma `paint` draws."""
    frames = []
    for number in range(count):
        cb, cr = (np.full((24, 32), float(value)) for value in grey)
        paint(number, cb, cr)
        frames.append(scene(number, cb, cr))
    return frames


def judged(frames: Sequence[Cells]) -> list[FrameColor]:
    watch = ColorWatch(TAGS)
    return [watch.see(*frame) for frame in frames]


def grey_film(path: Path, paint: Chroma, *, frames: int = 16, name: str = "yuv420p") -> Path:
    """FFV1 of 128 x 96, 24 frames a second; `paint` draws on chroma planes of 8 bit at full size."""
    picture = pixel_format(name)
    step_y, step_x, shift = 1 << picture.chroma_shift_y, 1 << picture.chroma_shift_x, picture.bit_depth - 8
    grain = np.random.default_rng(0)
    with av.open(str(path), "w") as container:
        video = container.add_stream("ffv1", rate=24)
        video.width, video.height, video.pix_fmt = 128, 96, name
        for number in range(frames):
            cb, cr = np.full((96, 128), 128.0), np.full((96, 128), 128.0)
            paint(number, cb, cr)
            waves = np.sin(np.arange(128) / 9 + number / 9) * np.cos(np.arange(96) / 11)[:, None]
            planes = [
                120 + 70 * waves + grain.normal(0, 2, (96, 128)),
                cb[::step_y, ::step_x],
                cr[::step_y, ::step_x],
            ]
            codes = [np.rint(one * (1 << shift)).astype(np.uint16 if shift else np.uint8) for one in planes]
            frame = write_planes(codes[0], codes[1], codes[2], picture)
            frame.pts, frame.time_base = number, Fraction(1, 24)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    return path


def box(
    top: int, left: int, bottom: int, right: int, colors: tuple[int, int] = (100, 220), step: float = 0.0
) -> Chroma:
    """Draws a rectangle in colour, which moves `step` to the right from frame to frame."""

    def paint(number: int, cb: NDArray[np.float64], cr: NDArray[np.float64]) -> None:
        moved = round(number * step)
        cb[top:bottom, left + moved : right + moved] = colors[0]
        cr[top:bottom, left + moved : right + moved] = colors[1]

    return paint
