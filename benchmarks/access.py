"""What the encoder of preset `access` costs, and how near its picture comes to the planes it was given.

python -m benchmarks.access [--frames N] [--sizes 480p 1080p] [--films FILE ...] [--settings NAME ...]

Encodes the moving photographs with grain of `benchmarks.throughput` and the lightness of the films that are
named, with each of the settings, in as many threads as the tool. Chroma is made from blurred luma: as
smooth as that of the tool. Time is that of the processor in all threads; PSNR, and SSIM as `plane_ssim` has
it, are those of the decoded planes against the ones that went in.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream
from numpy.typing import NDArray

from benchmarks.machine import probe
from benchmarks.throughput import RATE, SIZES, moving_pictures
from tcvc_cli.measure.fidelity import mean_square, plane_ssim, psnr_of
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe as probe_film
from tcvc_cli.media.write.encoders import Encoder, encoder_of

Bytes = NDArray[np.uint8]
_FORMAT = "yuv420p"
_CHROMA_BLUR_PX = 4.0
_CHROMA_SHARE = 0.3
_PARAMS = "x264-params"
SETTINGS: dict[str, Mapping[str, str]] = {
    "faster, crf 14": {"crf": "14", _PARAMS: "asm=avx2"},
    "access": {},
    "access, with mbtree": {_PARAMS: "trellis=0:partitions=i8x8:subme=5:asm=avx2"},
    "veryfast, crf 13": {"preset": "veryfast", "crf": "13", _PARAMS: "asm=avx2"},
    "superfast, crf 15": {"preset": "superfast", "crf": "15", _PARAMS: "asm=avx2"},
    "faster, crf 13, no trellis": {"crf": "13", _PARAMS: "asm=avx2:trellis=0"},
}


@dataclass(frozen=True, slots=True)
class Score:
    """`cpu_ms` and `kib` of one frame; PSNR in dB over all frames, of luma and of both chroma planes."""

    cpu_ms: float
    kib: float
    luma_db: float
    luma_ssim: float
    chroma_db: float


def with_chroma(luma: Bytes) -> Bytes:
    """(H, W), even sides -> I420 (3 H / 2, W)."""
    half = cv2.resize(luma, (luma.shape[1] // 2, luma.shape[0] // 2), interpolation=cv2.INTER_AREA)
    smooth = (cv2.GaussianBlur(half.astype(np.float32), (0, 0), _CHROMA_BLUR_PX) - 128) * _CHROMA_SHARE
    chroma = np.rint(np.stack([128 - smooth, 128 + smooth])).astype(np.uint8)
    return np.concatenate([luma, chroma.reshape(-1, luma.shape[1])])


def lumas_of(path: Path) -> Iterator[Bytes]:
    for frame in read_frames(probe_film(path)):
        height, width = (side // 2 * 2 for side in frame.luma.shape)
        yield np.ascontiguousarray(frame.luma[:height, :width])


def encoded(frames: Sequence[Bytes], encoder: Encoder, options: Mapping[str, str]) -> bytes:
    """A Matroska file."""
    buffer = BytesIO()
    with av.open(buffer, "w", format="matroska") as film:
        stream = film.add_stream(encoder.codec, rate=RATE, options={**encoder.options, **options})
        assert isinstance(stream, VideoStream)
        context = stream.codec_context
        assert isinstance(context, VideoCodecContext)
        context.width, context.height, context.pix_fmt = frames[0].shape[1], len(frames[0]) * 2 // 3, _FORMAT
        context.gop_size = encoder.gop_size
        context.thread_type, context.thread_count = encoder.thread_type, encoder.threads
        for frame in frames:
            film.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format=_FORMAT)))
        film.mux(stream.encode(None))
    return buffer.getvalue()


def score(frames: Sequence[Bytes], options: Mapping[str, str]) -> Score:
    encoder = encoder_of("access")
    started = time.process_time()
    coded = encoded(frames, encoder, options)
    cpu_s = time.process_time() - started
    height = len(frames[0]) * 2 // 3
    squares, similar = list[tuple[float, float]](), list[float]()
    with av.open(BytesIO(coded), "r") as film:
        for frame, decoded in zip(frames, film.decode(video=0), strict=True):
            planes = decoded.to_ndarray()
            both = (frame[:height], frame[height:]), (planes[:height], planes[height:])
            luma, chroma = (mean_square(one, other) for one, other in zip(*both, strict=True))
            squares.append((luma, chroma))
            similar.append(plane_ssim(planes[:height], frame[:height], peak=255))
    luma_square, chroma_square = np.mean(squares, axis=0)
    return Score(
        1000 * cpu_s / len(frames),
        len(coded) / 1024 / len(frames),
        psnr_of(float(luma_square), peak=255),
        float(np.mean(similar)),
        psnr_of(float(chroma_square), peak=255),
    )


def main() -> None:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--frames", type=int, default=48)
    parser.add_argument("--sizes", nargs="*", choices=list(SIZES), default=list(SIZES))
    parser.add_argument("--films", nargs="*", type=Path, default=[])
    parser.add_argument("--settings", nargs="+", choices=list(SETTINGS), default=list(SETTINGS))
    chosen = parser.parse_args()
    print(probe())
    films: dict[str, Iterator[Bytes]] = {
        name: moving_pictures(*SIZES[name], chosen.frames) for name in chosen.sizes
    }
    films |= {path.stem: lumas_of(path) for path in chosen.films}
    print("\n| film | settings | ms of CPU | KiB | luma PSNR, dB | luma SSIM | chroma PSNR, dB |")
    print("|---|---|---:|---:|---:|---:|---:|")
    for film, lumas in films.items():
        frames = [with_chroma(luma) for luma in islice(lumas, chosen.frames)]
        for name in chosen.settings:
            one = score(frames, SETTINGS[name])
            print(
                f"| {film} | {name} | {one.cpu_ms:.1f} | {one.kib:.1f} | {one.luma_db:.2f}"
                f" | {one.luma_ssim:.4f} | {one.chroma_db:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
