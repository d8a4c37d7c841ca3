"""A short film of six shots with sound and chapters, and all that a player sees of such a film."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from tcvc_cli.media.inspect.packets import packet_hashes
from tcvc_cli.media.read.probe import open_film

SHOTS = (0, 6, 12, 82, 83, 85, 88)  # edges; the third shot is of several segments


def make_film(path: Path, frames: int = SHOTS[-1]) -> None:
    """Moving gradients, 64x48, 25 frames a second, with sound and chapters; as many frames of it."""
    edges = (*(one for one in SHOTS if one < frames), frames)
    with av.open(str(path), "w") as film:
        film.set_chapters(
            [{"id": 1, "start": 0, "end": 3000, "time_base": Fraction(1, 1000), "metadata": {"title": "One"}}]
        )
        video = film.add_stream("libx264", rate=25, options={"threads": "1"})
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        sound = film.add_stream("aac", rate=48000)
        x, y = np.arange(64), np.arange(48)[:, None]
        for shot, (start, stop) in enumerate(itertools.pairwise(edges)):
            for number in range(start, stop):
                luma = (x * (shot + 1) + y * 3 + number * 2) % 200 + 20
                picture = av.VideoFrame.from_ndarray(luma.astype(np.uint8), "gray").reformat(format="yuv420p")
                picture.pts = number
                film.mux(video.encode(picture))
        film.mux(video.encode(None))
        for start in range(0, frames * 48000 // 25, 1024):
            tone = np.sin(np.arange(start, start + 1024) / 20).astype(np.float32)[None] / 4
            samples = av.AudioFrame.from_ndarray(tone, "fltp", "mono")
            samples.sample_rate, samples.pts = 48000, start
            film.mux(sound.encode(samples))
        film.mux(sound.encode(None))


@dataclass(frozen=True, slots=True)
class Result:
    """All that a player sees of a file."""

    streams: tuple[tuple[Any, ...], ...]
    chapters: str


def extradata_of(stream: av.stream.Stream) -> bytes:
    """Empty where FFmpeg has no decoder for it."""
    context = stream.codec_context
    return bytes(getattr(context, "extradata", None) or b"")


def read_result(path: Path) -> Result:
    with open_film(path) as film:
        heads = [(s.type, s.time_base, s.language, extradata_of(s)) for s in film.streams]
        chapters = repr(film.chapters())
    return Result(
        tuple((head, tuple(packet_hashes(path, index))) for index, head in enumerate(heads)), chapters
    )
