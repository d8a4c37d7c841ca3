"""The luma of a picture in colour, small, as it is compared with the frames of a film."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.settings.pictures import ReferencePicture

LONG_SIDE_PX = 320
WHOLE = (0.0, 0.0, 1.0, 1.0)

Box = tuple[float, float, float, float]  # left, top, right, bottom, as fractions
Gray = NDArray[np.uint8]

_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)  # BT.709
_LEAST_SIDE_PX = 16
_BAR_SPREAD = 6.0  # code values: a bar is of one tone
_BAR_MOST = 0.35  # of a side; more of one tone is a night, or a sky
_BLACK, _WHITE = 40.0, 235.0


@dataclass(frozen=True, slots=True)
class PictureLuma:
    """`luma` (h, w) uint8, long side at most 320 px, of the picture without its bars; `opacity` (h, w) uint8,
    or None where all of it is opaque; `content`: which part of the picture that is."""

    luma: Gray
    opacity: Gray | None
    content: Box

    @property
    def aspect(self) -> float:
        """Width by height."""
        height, width = self.luma.shape
        return float(width / height)


def mirrored(picture: PictureLuma) -> PictureLuma:
    """Left and right exchanged."""
    left, top, right, bottom = picture.content
    luma, opacity = (
        None if one is None else np.ascontiguousarray(one[:, ::-1]) for one in (picture.luma, picture.opacity)
    )
    assert luma is not None
    return PictureLuma(luma, opacity, (1 - right, top, 1 - left, bottom))


def luma_of(picture: ReferencePicture) -> PictureLuma:
    """Transparent places get the mean tone of the others, so that they draw nothing to themselves."""
    height, width = picture.opacity.shape
    scale = min(1.0, LONG_SIDE_PX / max(height, width))
    size = (max(_LEAST_SIDE_PX, round(width * scale)), max(_LEAST_SIDE_PX, round(height * scale)))
    opacity = np.asarray(cv2.resize(picture.opacity, size, interpolation=cv2.INTER_AREA), np.float32)
    seen = cv2.transform(picture.rgb, _LUMA[None]).reshape(height, width) * picture.opacity
    luma = np.asarray(cv2.resize(seen, size, interpolation=cv2.INTER_AREA), np.float32)
    mean = float(luma.sum() / max(float(opacity.sum()), 1e-6))
    gray = np.clip(255 * (luma + (1 - opacity) * mean), 0, 255).astype(np.uint8)
    if opacity.min() < 1 - 1 / 255:
        return PictureLuma(gray, np.asarray(np.round(255 * opacity), np.uint8), WHOLE)
    left, top, right, bottom = _without_bars(gray)
    content = (left / size[0], top / size[1], right / size[0], bottom / size[1])
    return PictureLuma(np.ascontiguousarray(gray[top:bottom, left:right]), None, content)


def _without_bars(gray: Gray) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is no black or white bar."""
    top, bottom = _inside(gray)
    left, right = _inside(np.ascontiguousarray(gray[top:bottom].T))
    return left, top, right, bottom


def _inside(gray: Gray) -> tuple[int, int]:
    """First and last + 1 of the rows between bars that lie at the upper and lower edges."""
    rows = gray.astype(np.float32)
    tone = np.median(rows, axis=1)
    spread = np.quantile(np.abs(rows - tone[:, None]), 0.95, axis=1)
    is_bar = (spread < _BAR_SPREAD) & ((tone < _BLACK) | (tone > _WHITE))
    before, after = _run(is_bar, tone), _run(is_bar[::-1], tone[::-1])
    most = _BAR_MOST * len(rows)
    if before > most or after > most:
        return 0, len(rows)
    pad = 1  # the row where bar and picture mix
    return before + pad * (before > 0), len(rows) - after - pad * (after > 0)


def _run(is_bar: NDArray[np.bool_], tone: NDArray[np.float32]) -> int:
    same = is_bar & (np.abs(tone - tone[0]) < _BAR_SPREAD)
    return len(same) if same.all() else int(np.argmin(same))
