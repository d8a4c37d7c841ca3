"""Makes `film.mkv`, a short black-and-white film, from photographs that scikit-image carries.

    python examples/make_film.py [OUTPUT]

Four shots with pans and zooms, a hard cut between shots of equal brightness, a dissolve, grain and
gate weave; two sound tracks, a subtitle track, chapters and a title. The same versions of the
libraries give the same file, byte for byte. The constants below are the truth about the film.

The photographs are free of copyright: camera (Lav Varshney, CC0), astronaut (NASA, public domain),
chelsea (Stefan van der Walt, CC0), coffee (Rachel Michetti, CC0).
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import skimage
from av.container import InputContainer, OutputContainer
from numpy.typing import NDArray

WIDTH_PX, HEIGHT_PX = 480, 360
FRAME_RATE = Fraction(24)
SHOTS = ((0, 48), (48, 96), (96, 144), (144, 192))  # [start, stop); a dissolve is cut in its middle
FRAME_COUNT = SHOTS[-1][1]
HARD_CUTS = (48, 96)  # first frame of the new shot; both sides have the same mean luma
DISSOLVE = (136, 152)  # [start, stop): frames in which two shots are mixed
LANGUAGES = ("eng", "fra")  # sound, in stream order: AAC stereo, Opus mono
SUBTITLE_LANGUAGE = "eng"
TITLE = "Four photographs"
CHAPTERS = ((0, "The camera"), (48, "The astronaut"), (96, "The cat"), (144, "The cup"))
MEAN_LUMA = 112.0  # of every frame
GRAIN_LEVELS = 3.0  # standard deviation
WEAVE_PX = 0.6  # standard deviation

SAMPLE_RATE_HZ = 48_000
SUBTITLES = """1
00:00:00,250 --> 00:00:01,900
He looks for a good picture.

2
00:00:02,100 --> 00:00:03,900
She is about to leave.

3
00:00:04,100 --> 00:00:05,600
The cat has seen it all.

4
00:00:06,200 --> 00:00:07,800
Time for a coffee.
"""

Gray = NDArray[np.float32]
Sound = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class View:
    """What the frame shows of a photograph: the centre and the width, as fractions of its width."""

    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class Move:
    """One shot: a photograph, and the view at its first and last frame."""

    photograph: str
    first: View
    last: View


MOVES = (
    Move("camera.png", View(0.42, 0.36, 0.80), View(0.52, 0.38, 0.92)),
    Move("astronaut.png", View(0.50, 0.40, 0.96), View(0.44, 0.32, 0.62)),
    Move("chelsea.png", View(0.40, 0.34, 0.74), View(0.58, 0.32, 0.74)),
    Move("coffee.png", View(0.46, 0.33, 0.66), View(0.50, 0.33, 0.86)),
)


@cache
def photograph(name: str) -> Gray:
    """Luma `(H, W)` in [16, 235] of a photograph in scikit-image's wheel."""
    gray = cv2.imread(str(Path(skimage.__file__).parent / "data" / name), cv2.IMREAD_GRAYSCALE)
    assert gray is not None, name
    return np.asarray(16 + gray.astype(np.float32) * (219 / 255), np.float32)


def view_at(move: Move, progress: float) -> View:
    """The view at `progress` in [0, 1] of the move, slow at both ends (smoothstep)."""
    t = progress * progress * (3 - 2 * progress)
    a, b = move.first, move.last
    return View(a.x + t * (b.x - a.x), a.y + t * (b.y - a.y), a.width + t * (b.width - a.width))


def shown(move: Move, progress: float, weave_px: tuple[float, float]) -> Gray:
    """The photograph as the frame shows it, exposed to `MEAN_LUMA`; `(HEIGHT_PX, WIDTH_PX)`."""
    source = photograph(move.photograph)
    view = view_at(move, progress)
    width = source.shape[1]
    scale = view.width * width / WIDTH_PX
    left = view.x * width - scale * (WIDTH_PX / 2 + weave_px[0])
    top = view.y * width - scale * (HEIGHT_PX / 2 + weave_px[1])
    matrix = np.array([[scale, 0, left], [0, scale, top]])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    size = (WIDTH_PX, HEIGHT_PX)
    picture = cv2.warpAffine(source, matrix, size, flags=flags, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(picture * np.float32(MEAN_LUMA / picture.mean()))


def progress_in(shot: int, frame: int) -> float:
    """How far the camera's move in `shot` is at `frame`; it goes on through a dissolve."""
    start, stop = SHOTS[shot]
    start = min(start, DISSOLVE[0]) if start in range(*DISSOLVE) else start
    stop = max(stop, DISSOLVE[1]) if stop in range(*DISSOLVE) else stop
    return (frame - start) / (stop - 1 - start)


def weave(frame: int) -> tuple[float, float]:
    """Shift of the picture in the gate: noise smoothed over five frames, so that it sways."""
    steps = np.random.default_rng(1).normal(size=(FRAME_COUNT + 4, 2))
    x, y = steps[frame : frame + 5].mean(0) * WEAVE_PX * 5**0.5
    return float(x), float(y)


def clean_frame(frame: int) -> Gray:
    """The picture without grain: one shot, or two in a dissolve."""
    shot = next(n for n, (start, stop) in enumerate(SHOTS) if start <= frame < stop)
    if frame not in range(*DISSOLVE):
        return shown(MOVES[shot], progress_in(shot, frame), weave(frame))
    after = next(n for n, (start, _) in enumerate(SHOTS) if start in range(*DISSOLVE))
    share = (frame - DISSOLVE[0] + 1) / (DISSOLVE[1] - DISSOLVE[0] + 1)
    old = shown(MOVES[after - 1], progress_in(after - 1, frame), weave(frame))
    new = shown(MOVES[after], progress_in(after, frame), weave(frame))
    return (1 - share) * old + share * new


def luma_frame(frame: int) -> NDArray[np.uint8]:
    """Y plane of one frame, `(HEIGHT_PX, WIDTH_PX)`, limited range."""
    clean = cv2.GaussianBlur(clean_frame(frame), (0, 0), 0.6)
    noise = np.asarray(np.random.default_rng([2, frame]).normal(size=clean.shape), np.float32)
    grain = cv2.GaussianBlur(noise, (0, 0), 0.7)
    grain *= GRAIN_LEVELS / grain.std()
    return np.asarray(np.clip(np.round(clean + grain), 16, 235), np.uint8)


def note(frequency_hz: float, duration_s: float) -> Sound:
    """A plucked note: four harmonics that die away, the higher the sooner."""
    t = np.arange(round(duration_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    harmonics = np.arange(1, 5)[:, None]
    tones = np.sin(2 * np.pi * frequency_hz * harmonics * t) * np.exp(-2.5 * harmonics * t) / harmonics
    attack = np.minimum(t / 0.005, 1)
    return np.asarray(tones.sum(axis=0) * attack, np.float32)


def tune(semitones: tuple[int, ...], beat_s: float) -> Sound:
    """Notes one after the other, `semitones` above A3, for the length of the film; shape `(samples,)`."""
    total = int(FRAME_COUNT / FRAME_RATE * SAMPLE_RATE_HZ)
    sound = np.zeros(total + 2 * SAMPLE_RATE_HZ, np.float32)
    step = round(beat_s * SAMPLE_RATE_HZ)
    for n, start in enumerate(range(0, total, step)):
        played = note(220 * 2 ** (semitones[n % len(semitones)] / 12), 2 * beat_s)
        sound[start : start + len(played)] += played
    return 0.5 * sound[:total] / float(np.abs(sound).max())


def add_sound(out: OutputContainer, codec: str, language: str) -> av.AudioStream:
    stream = out.add_stream(codec, rate=SAMPLE_RATE_HZ)
    assert isinstance(stream, av.AudioStream)
    stream.codec_context.layout = "stereo" if codec == "aac" else "mono"
    stream.codec_context.bit_rate = 64_000
    stream.codec_context.flags |= av.codec.context.Flags.bitexact
    stream.metadata["language"] = language
    return stream


def sound_packets(stream: av.AudioStream, channels: list[Sound]) -> Iterator[av.Packet[Any]]:
    """Encodes `channels` in frames of 20 ms; PyAV cuts them to what the codec wants."""
    step = SAMPLE_RATE_HZ // 50
    for start in range(0, len(channels[0]), step):
        samples = np.stack([channel[start : start + step] for channel in channels])
        frame = av.AudioFrame.from_ndarray(samples, "fltp", stream.codec_context.layout.name)
        frame.sample_rate, frame.pts = SAMPLE_RATE_HZ, start
        frame.time_base = Fraction(1, SAMPLE_RATE_HZ)
        yield from stream.encode(frame)
    yield from stream.encode(None)


def add_picture(out: OutputContainer) -> av.VideoStream:
    """x264 on one thread, without AVX-512, gives the same bytes on every machine (docs/encoders.md)."""
    options = {
        "crf": "23",
        "preset": "slow",
        "tune": "grain",
        "threads": "1",
        "x264-params": "asm=avx2",
    }
    stream = out.add_stream("libx264", rate=FRAME_RATE, options=options)
    assert isinstance(stream, av.VideoStream)
    stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
    context = stream.codec_context
    context.colorspace = context.color_primaries = context.color_trc = 6  # SMPTE 170M
    context.color_range = 1  # limited
    context.time_base = 1 / FRAME_RATE
    context.flags |= av.codec.context.Flags.bitexact
    return stream


def picture_packets(stream: av.VideoStream) -> Iterator[av.Packet[Any]]:
    chroma = np.full((HEIGHT_PX // 2, WIDTH_PX), 128, np.uint8)
    for number in range(FRAME_COUNT):
        planes = np.concatenate([luma_frame(number), chroma])
        frame = av.VideoFrame.from_ndarray(planes, "yuv420p")
        frame.pts, frame.time_base = number, 1 / FRAME_RATE
        yield from stream.encode(frame)
    yield from stream.encode(None)


def chapters() -> list[av.container.core.Chapter]:
    starts = [frame for frame, _ in CHAPTERS]
    rows = zip(starts, [*starts[1:], FRAME_COUNT], CHAPTERS, strict=True)
    return [
        {"id": n, "start": a, "end": b, "time_base": 1 / FRAME_RATE, "metadata": {"title": title}}
        for n, (a, b, (_, title)) in enumerate(rows, 1)
    ]


def by_time(packets: list[av.Packet[Any]]) -> list[av.Packet[Any]]:
    return sorted(packets, key=lambda p: (p.dts or 0) * p.time_base)


def write_film(path: Path) -> None:
    """Renders and encodes the whole film; overwrites `path`."""
    subtitles = av.open(io.BytesIO(SUBTITLES.encode()), format="srt")
    assert isinstance(subtitles, InputContainer)
    with av.open(str(path), "w", format="matroska", options={"fflags": "+bitexact"}) as out:
        out.metadata["title"] = TITLE
        picture = add_picture(out)
        sounds = [add_sound(out, *spec) for spec in zip(("aac", "libopus"), LANGUAGES, strict=True)]
        text = out.add_stream_from_template(subtitles.streams.subtitles[0])
        text.metadata["language"] = SUBTITLE_LANGUAGE
        out.set_chapters(chapters())
        high, low = tune((0, 7, 12, 16, 19, 16, 12, 7), 0.25), tune((-12, -5, -9, -7), 0.5)
        packets = list(picture_packets(picture))
        packets += sound_packets(sounds[0], [high, 0.5 * high + 0.5 * low])
        packets += sound_packets(sounds[1], [low])
        for packet in subtitles.demux():
            if packet.size:
                packet.stream = text
                packets.append(packet)
        for packet in by_time(packets):
            out.mux(packet)


if __name__ == "__main__":
    write_film(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("film.mkv"))
