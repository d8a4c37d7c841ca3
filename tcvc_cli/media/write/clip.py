"""A short film for a web page: H.264 that every browser plays, and in which one can go frame by frame."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import cv2
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

from tcvc_cli.color.matrix import matrix_of
from tcvc_cli.media.failures import writing
from tcvc_cli.media.planes import Plane, pixel_format, write_planes
from tcvc_cli.media.write.encode import tag_colors
from tcvc_cli.media.write.encoders import NO_TREE
from tcvc_cli.records import ColorTags

_PICTURE: Final = pixel_format("yuv420p")
_BT_709: Final = ColorTags(primaries=1, transfer=1, matrix=1, full_range=False)
_KEY_FRAME_EVERY: Final = 8  # a browser decodes from there to show a frame
_SETTINGS: Final = {
    "preset": "medium",
    "profile": "main",
    "threads": "1",  # one slice a frame, and the same bytes everywhere
    "x264-params": f"keyint={_KEY_FRAME_EVERY}:min-keyint=1:bframes=0:log-level=none:{NO_TREE}",
}


def encode_clip(pictures: Sequence[NDArray[np.uint8]], *, rate: int, crf: int) -> bytes:
    """MP4 of `pictures`, each (h, w, 3) uint8 sRGB of one size, both sides even, shown `rate` a second.

    The index stands first, and every picture refers to earlier ones alone. Raises DiskFull, OutputError or
    MediaError.
    """
    with tempfile.TemporaryDirectory(prefix="tcvc-") as folder:
        path = Path(folder) / "clip.mp4"
        with writing(path):
            _write(path, pictures, rate, crf)
            return path.read_bytes()


def _write(path: Path, pictures: Sequence[NDArray[np.uint8]], rate: int, crf: int) -> None:
    options = {**_SETTINGS, "crf": str(crf)}
    with av.open(f"file:{path}", "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=rate, options=options)
        assert isinstance(stream, VideoStream)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt, stream.time_base = _PICTURE.name, Fraction(1, rate)
        tag_colors(stream.codec_context, _BT_709)
        for number, picture in enumerate(pictures):
            frame = write_planes(*_planes(picture), _PICTURE)
            tag_colors(frame, _BT_709)
            frame.pts, frame.time_base = number, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _planes(picture: NDArray[np.uint8]) -> tuple[Plane, Plane, Plane]:
    """Y', Cb and Cr in 4:2:0, BT.709, limited range."""
    height, width = picture.shape[:2]
    rgb = picture.astype(np.float32) / 255
    matrix = matrix_of(_BT_709, height_px=height)
    luma = matrix.luma_from_rgb(rgb)
    half = (width // 2, height // 2)
    cb, cr = (
        cv2.resize(plane.astype(np.float32), half, interpolation=cv2.INTER_AREA)
        for plane in matrix.chroma_from_rgb(rgb, luma)
    )
    return _codes(16 + 219 * luma), _codes(128 + 224 * cb), _codes(128 + 224 * cr)


def _codes(plane: NDArray[Any]) -> NDArray[np.uint8]:
    return np.asarray(np.rint(plane), np.uint8)
