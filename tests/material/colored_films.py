"""Small films in colour, the same without, and pictures of their frames."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import count
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from skimage import data

from tcvc_cli.color.chroma import ab_from_planes
from tcvc_cli.media.planes import pixel_format, write_planes
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe

Bytes = NDArray[np.uint8]

SIZE_PX = (160, 120)
FPS = 8
LENGTHS = (10, 12)
PHOTOGRAPHS = ("astronaut", "coffee")


def frames_of(photographs: Sequence[str] = PHOTOGRAPHS, lengths: Sequence[int] = LENGTHS) -> list[Bytes]:
    """(120, 160, 3) RGB; a camera that pans over one photograph after the other."""
    pairs = zip(photographs, lengths, strict=True)
    return [_view(name, number) for name, length in pairs for number in range(length)]


def _view(name: str, number: int) -> Bytes:
    photograph = getattr(data, name)()
    left = 4 * number
    part = photograph[20 : 20 + 5 * SIZE_PX[1] // 2, left : left + 5 * SIZE_PX[0] // 2]
    return np.asarray(cv2.resize(part, SIZE_PX, interpolation=cv2.INTER_AREA), np.uint8)


def write_film(path: Path, frames: Sequence[Bytes], *, is_gray: bool = False, fps: int = FPS) -> Path:
    """Without loss, 4:2:0 in BT.601; grey with neutral chroma."""
    height, width = frames[0].shape[:2]
    with av.open(str(path), "w") as container:
        video = container.add_stream("ffv1", rate=fps)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        for number, rgb in zip(count(), frames, strict=False):
            planes = cv2.split(cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb).astype(np.float32))
            halves = zip(planes, (1, 0.5, 0.5), strict=True)
            luma, cr, cb = (
                cv2.resize(one, None, fx=by, fy=by, interpolation=cv2.INTER_AREA) for one, by in halves
            )
            if is_gray:
                cb, cr = 128 + 0 * cb, 128 + 0 * cr
            codes = (16 + luma * 219 / 255, 128 + (cb - 128) * 224 / 255, 128 + (cr - 128) * 224 / 255)
            y, u, v = (np.rint(one).astype(np.uint8) for one in codes)
            picture = write_planes(y, u, v, pixel_format("yuv420p"))
            picture.pts, picture.time_base = number, Fraction(1, fps)
            container.mux(video.encode(picture))
        container.mux(video.encode(None))
    return path


def save(path: Path, rgb: Bytes) -> Path:
    path.parent.mkdir(exist_ok=True)
    cv2.imwrite(str(path), rgb[..., ::-1])
    return path


def colors_of(path: Path) -> list[NDArray[np.float32]]:
    """ab (60, 80, 2) of each frame of a film, CIE units."""
    film = probe(path)
    colors = []
    for frame in read_frames(film):
        assert frame.cb is not None
        assert frame.cr is not None
        colors.append(
            ab_from_planes(frame.luma, frame.cb, frame.cr, pixel_format=film.pixel_format, color=film.color)
        )
    return colors


def apart(ones: Sequence[NDArray[np.float32]], others: Sequence[NDArray[np.float32]]) -> float:
    """Root mean square distance in ab."""
    both = zip(ones, others, strict=True)
    return float(np.sqrt(np.mean([np.square(one - other).sum(axis=2).mean() for one, other in both])))
