"""JPEG of a stated size in bytes, and pictures as text in a script."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Bytes = NDArray[np.uint8]
PICTURE_QUALITIES: Final = (80, 70, 60, 50, 40, 30)
DATA_QUALITIES: Final = (95, 92, 88, 82, 75, 65, 55)


def jpeg(picture: Bytes, quality: int, *, is_data: bool = False) -> bytes:
    """Of (h, w, 3) uint8 RGB, or of (h, w) uint8 grey. With `is_data` no channel is made smaller."""
    coded = io.BytesIO()
    how = {"subsampling": 0} if is_data else {}
    Image.fromarray(picture).save(coded, "JPEG", quality=quality, optimize=True, **how)
    return coded.getvalue()


def jpeg_within(picture: Bytes, most_bytes: int, qualities: Iterable[int], *, is_data: bool = False) -> bytes:
    """The first of these qualities that fits, or else the last."""
    coded = b""
    for quality in qualities:
        coded = jpeg(picture, quality, is_data=is_data)
        if len(coded) <= most_bytes:
            break
    return coded


def data_uri(kind: str, data: bytes) -> str:
    """`data:image/jpeg;base64,...`"""
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"
