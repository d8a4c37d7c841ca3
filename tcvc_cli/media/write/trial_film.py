"""One second of film, made on the spot: enough for a decoder, the shots, a network and every stream's way."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

FRAMES, CUT = 24, 12
_WIDTH_PX, _HEIGHT_PX = 96, 64
_SAMPLES_PER_S = 48000


def write_trial_film(path: Path) -> None:
    """Grey, lossless, two shots of half a second, with a tone; Matroska."""
    with av.open(f"file:{path}", "w", format="matroska") as container:
        picture = container.add_stream("ffv1", rate=FRAMES)
        picture.width, picture.height, picture.pix_fmt = _WIDTH_PX, _HEIGHT_PX, "gray"
        sound = container.add_stream("flac", rate=_SAMPLES_PER_S, layout="mono")
        for number in range(FRAMES):
            frame = av.VideoFrame.from_ndarray(_luma(number), format="gray")
            frame.pts, frame.time_base = number, Fraction(1, FRAMES)
            container.mux(picture.encode(frame))
        tone = av.AudioFrame.from_ndarray(_tone(), format="s16", layout="mono")
        tone.sample_rate, tone.pts = _SAMPLES_PER_S, 0
        container.mux(picture.encode(None))
        container.mux(sound.encode(tone))
        container.mux(sound.encode(None))


def _luma(number: int) -> NDArray[np.uint8]:
    """A slope that drifts, dark before the cut and bright behind it."""
    y, x = np.mgrid[:_HEIGHT_PX, :_WIDTH_PX]
    slope = (x + 2 * number) % _WIDTH_PX if number < CUT else (y + number) % _HEIGHT_PX + 150
    return np.asarray(slope, np.uint8)


def _tone() -> NDArray[np.int16]:
    seconds = np.arange(_SAMPLES_PER_S) / _SAMPLES_PER_S
    return (8000 * np.sin(2 * np.pi * 440 * seconds)).astype(np.int16)[None]
