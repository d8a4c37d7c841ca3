"""Small films made for the tests of the media room, with known planes, times and streams."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container.input import InputContainer
from av.container.output import OutputContainer
from av.stream import Disposition
from av.subtitles.stream import SubtitleStream
from av.video.stream import VideoStream
from numpy.typing import NDArray

from tcvc_cli.media.planes import pixel_format, write_planes
from tests.material.present import present

if TYPE_CHECKING:
    from av.container.core import Chapter

RATE = Fraction(24000, 1001)
SRT = """1
00:00:00,100 --> 00:00:00,700
Hello <i>there</i>
second line

2
00:00:00,800 --> 00:00:01,200
Bye é

"""
CHAPTERS: list[Chapter] = [
    {"id": 1, "start": 0, "end": 500, "time_base": Fraction(1, 1000), "metadata": {"title": "One"}},
    {"id": 2, "start": 500, "end": 1500, "time_base": Fraction(1, 1000), "metadata": {"title": "Two"}},
]

Planes = tuple[NDArray[Any], NDArray[Any] | None, NDArray[Any] | None]  # luma, Cb, Cr


@dataclass(frozen=True)
class Source:
    """What a film is made of. `pts` counts in `time_base`; the default is a steady `RATE`."""

    codec: str = "libx264"
    pixel_format: str = "yuv420p"
    width: int = 64
    height: int = 48
    frames: int = 36
    time_base: Fraction = 1 / RATE
    pts: Sequence[int] | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    audio: Sequence[str] = ()
    sound_tail_s: float = 0.0
    rotation: int = 0
    timecode: str = ""
    has_subtitle: bool = False
    has_chapters: bool = False
    has_attachment: bool = False
    has_cover: bool = False
    is_full_range: bool = False
    matrix: int = 2
    sample_aspect: Fraction = Fraction(1)
    tags: Mapping[str, str] = field(default_factory=dict)
    muxer_options: Mapping[str, str] = field(default_factory=dict)

    @property
    def times(self) -> list[int]:
        return list(range(self.frames)) if self.pts is None else list(self.pts)


def planes(source: Source, number: int) -> Planes:
    """Moving gradients with noise over the whole code range; deterministic."""
    layout = pixel_format(source.pixel_format)
    rng = np.random.default_rng(number)
    top, dtype = 2**layout.bit_depth, np.uint8 if layout.bit_depth == 8 else np.uint16

    def plane(rows: int, columns: int) -> NDArray[Any]:
        ramp = (np.arange(columns) * 3 + np.arange(rows)[:, None] * 2 + number * 5) * (top // 256)
        noise = rng.integers(0, max(1, top // 32), (rows, columns))
        return np.asarray((ramp + noise) % top, dtype)

    luma = plane(source.height, source.width)
    if layout.is_grey:
        return luma, None, None
    size = layout.chroma_shape(source.height, source.width)
    return luma, plane(*size), plane(*size)


def make(path: Path, source: Source = Source()) -> Path:
    """Write the film and return its path; the suffix chooses the container."""
    with av.open(str(path), "w", options=dict(source.muxer_options)) as container:
        container.metadata["title"] = "A film"
        container.metadata["comment"] = "made for a test"
        container.metadata.update(source.tags)
        if source.has_chapters:
            container.set_chapters(CHAPTERS)
        video = _add_video(container, source)
        sounds = [_add_audio(container, codec, index) for index, codec in enumerate(source.audio)]
        cover = _add_cover(container) if source.has_cover else None
        subtitle = _add_subtitle(container, path) if source.has_subtitle else None
        if source.has_attachment:
            container.add_attachment("note.txt", "text/plain", b"carry me\x00too")
        container.start_encoding()
        if cover is not None:
            _write_cover(container, cover)
        _write_all(container, source, video, sounds)
        if subtitle is not None:
            _write_subtitle(container, subtitle)
    return path


def _add_video(container: OutputContainer, source: Source) -> VideoStream:
    video = container.add_stream(source.codec, rate=RATE, options=dict(source.options))
    assert isinstance(video, VideoStream)
    context = video.codec_context
    context.width, context.height, context.pix_fmt = source.width, source.height, source.pixel_format
    context.time_base = video.time_base = source.time_base
    context.color_range = 2 if source.is_full_range else 1
    context.colorspace = context.color_primaries = context.color_trc = source.matrix
    context.sample_aspect_ratio = source.sample_aspect
    video.metadata["language"] = "eng"
    if source.timecode:
        video.metadata["timecode"] = source.timecode
    if source.rotation:
        video.set_display_rotation(source.rotation)
    return video


def _add_audio(container: OutputContainer, codec: str, index: int) -> AudioStream:
    sound = container.add_stream(codec, rate=48000)
    sound.codec_context.bit_rate = 128_000
    sound.metadata["language"] = ("eng", "fra", "deu")[index]
    sound.metadata["title"] = f"Sound {index}"
    assert isinstance(sound, AudioStream)
    sound.disposition = Disposition.default if index == 0 else Disposition.comment
    return sound


def _add_cover(container: OutputContainer) -> VideoStream | None:
    """Matroska holds a cover as an attachment, MP4 as a video stream of one picture."""
    if container.format.name == "matroska":
        container.add_attachment("cover.png", "image/png", _cover())
        return None
    cover = container.add_stream("png", rate=1)
    assert isinstance(cover, VideoStream)
    cover.width, cover.height, cover.pix_fmt = 16, 16, "rgb24"
    cover.disposition = Disposition.attached_pic
    return cover


def _cover() -> bytes:
    encoder = av.CodecContext.create("png", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = 16, 16, "rgb24", Fraction(1)
    picture = av.VideoFrame.from_ndarray(np.full((16, 16, 3), 90, np.uint8), "rgb24")
    return b"".join(bytes(packet) for packet in [*encoder.encode(picture), *encoder.encode(None)])


def _write_cover(container: OutputContainer, cover: VideoStream) -> None:
    packet = av.Packet(_cover())
    packet.pts = packet.dts = 0
    packet.time_base, packet.stream, packet.is_keyframe = Fraction(1), cover, True
    container.mux(packet)


def _add_subtitle(container: OutputContainer, path: Path) -> tuple[InputContainer, SubtitleStream]:
    srt = path.with_suffix(".srt")
    srt.write_text(SRT)
    source = av.open(str(srt))
    if container.format.name == "matroska":
        stream = container.add_stream_from_template(source.streams[0])
    else:
        stream = container.add_stream("mov_text")
        text = source.streams.subtitles[0].codec_context
        text.open(strict=False)
        assert isinstance(stream, SubtitleStream)
        stream.codec_context.subtitle_header = text.subtitle_header
        stream.time_base = Fraction(1, 1000)
    stream.metadata["language"] = "fra"
    stream.disposition = Disposition.forced
    assert isinstance(stream, SubtitleStream)
    return source, stream


def _write_subtitle(container: OutputContainer, subtitle: tuple[InputContainer, SubtitleStream]) -> None:
    source, stream = subtitle
    for packet in source.demux():
        if packet.size and container.format.name != "matroska":
            text = present(source.streams.subtitles[0].codec_context.decode2(packet))
            coded = stream.codec_context.encode_subtitle(text)
            coded.pts, coded.dts, coded.duration = packet.pts, packet.pts, packet.duration
            coded.time_base, packet = packet.time_base, coded
        if packet.size:
            packet.stream = stream
            container.mux(packet)
    source.close()


def _write_all(
    container: OutputContainer, source: Source, video: VideoStream, sounds: Sequence[AudioStream]
) -> None:
    seconds = (source.times[-1] - source.times[0]) * source.time_base
    for number, pts in enumerate(source.times):
        picture = write_planes(*planes(source, number), pixel_format(source.pixel_format))
        picture.pts, picture.time_base = pts, source.time_base
        container.mux(video.encode(picture))
    container.mux(video.encode(None))
    for index, sound in enumerate(sounds):
        for samples in _sound(sound, float(seconds) + source.sound_tail_s, 220 * (index + 1)):
            container.mux(sound.encode(samples))
        container.mux(sound.encode(None))


def _sound(stream: AudioStream, seconds: float, hertz: int) -> Iterator[AudioFrame]:
    context = stream.codec_context
    context.open(strict=False)
    size = context.frame_size or 1024
    for start in range(0, int(seconds * 48000), size):
        wave = np.sin(np.arange(start, start + size) * (hertz * 2 * np.pi / 48000)) * 0.2
        stereo = np.stack([wave, -wave]).astype(np.float32)
        picture = av.AudioFrame.from_ndarray(stereo, "fltp", layout="stereo")
        picture.rate, picture.pts = 48000, start
        resampler = av.AudioResampler(context.format, "stereo", 48000)
        yield from resampler.resample(picture)
