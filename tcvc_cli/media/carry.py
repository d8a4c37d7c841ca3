"""What each container can carry, as data, and what follows from it for one film."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from tcvc_cli.errors import OutputError
from tcvc_cli.media.encode import encoder_of
from tcvc_cli.records import DroppedStream, FilmInfo, StreamInfo


@dataclass(frozen=True, slots=True)
class Container:
    """A file format that results are written in.

    `conversions` are text subtitles rewritten without loss of words or times, codec by codec.
    `cover_art` are the codecs of pictures that may be attached.
    """

    name: str
    muxer: str
    video: frozenset[str]
    audio: frozenset[str]
    subtitles: frozenset[str]
    conversions: Mapping[str, str]
    data: frozenset[str]
    cover_art: frozenset[str]
    takes_attachments: bool


_PCM = frozenset(
    f"pcm_{kind}" for kind in ("u8", "s16le", "s24le", "s32le", "s16be", "s24be", "s32be", "f32le", "f64le")
)
_IMAGES = frozenset(("mjpeg", "png"))

MATROSKA = Container(
    name="mkv",
    muxer="matroska",
    video=frozenset(("h264", "ffv1", "prores")),
    audio=_PCM
    | frozenset(("aac", "ac3", "eac3", "alac", "dts", "flac", "mlp", "truehd", "mp1", "mp2", "mp3"))
    | frozenset(("opus", "vorbis", "tta", "wavpack", "pcm_alaw", "pcm_mulaw", "adpcm_ms", "adpcm_ima_wav"))
    | frozenset(("wmav1", "wmav2", "wmapro", "ra_144", "ra_288", "cook")),
    subtitles=frozenset(("subrip", "ass", "webvtt", "hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle")),
    conversions=MappingProxyType({"mov_text": "subrip"}),
    data=frozenset(),
    cover_art=_IMAGES | frozenset(("bmp", "gif", "tiff", "webp")),
    takes_attachments=True,
)
MP4 = Container(
    name="mp4",
    muxer="mp4",
    video=frozenset(("h264",)),
    audio=_PCM
    | frozenset(("aac", "ac3", "eac3", "alac", "dts", "flac", "mp2", "mp3", "opus", "truehd", "vorbis")),
    subtitles=frozenset(("mov_text", "dvd_subtitle")),
    conversions=MappingProxyType({"subrip": "mov_text"}),
    data=frozenset(),
    cover_art=_IMAGES | frozenset(("bmp",)),
    takes_attachments=False,
)
MOV = Container(
    name="mov",
    muxer="mov",
    video=frozenset(("h264", "prores")),
    audio=_PCM | frozenset(("aac", "ac3", "eac3", "alac", "mp2", "mp3", "pcm_alaw", "pcm_mulaw")),
    subtitles=frozenset(("mov_text",)),
    conversions=MappingProxyType({"subrip": "mov_text"}),
    data=frozenset(),
    cover_art=_IMAGES | frozenset(("bmp",)),
    takes_attachments=False,
)
CONTAINERS: Mapping[str, Container] = MappingProxyType(
    {".mkv": MATROSKA, ".mp4": MP4, ".m4v": MP4, ".mov": MOV}
)
PHOTOGRAPHS = frozenset((".png", ".jpg", ".jpeg", ".tif", ".tiff"))
_PRESET_CODECS = MappingProxyType({"libx264": "h264", "ffv1": "ffv1", "prores_ks": "prores"})


def container_of(output: Path) -> Container:
    """The container that the name of `output` asks for. Raises OutputError for any other suffix."""
    container = CONTAINERS.get(output.suffix.lower())
    if container is None:
        known = ", ".join(CONTAINERS)
        raise OutputError(f"{output.name}: results are written as {known}", "Give a name that ends in .mkv.")
    return container


def codec_of(preset: str) -> str:
    """FFmpeg's name of the codec that the preset writes."""
    return _PRESET_CODECS[encoder_of(preset).codec]


def default_output(film: FilmInfo, preset: str) -> Path:
    """Where the result goes when nobody says: beside the film, in the film's own container where that
    carries every stream and the preset's codec, else in Matroska; photographs become PNG."""
    stem = film.path.stem
    if film.is_photograph:
        return film.path.with_name(f"{stem}.color.png")
    own = CONTAINERS.get(film.path.suffix.lower())
    suffix = ".mkv"
    if own in (MP4, MOV) and codec_of(preset) in own.video:
        candidate = film.path.with_name(f"{stem}.color.{own.name}")
        suffix = ".mkv" if drops(film, candidate) else candidate.suffix
    return film.path.with_name(f"{stem}.color{suffix}")


def drops(film: FilmInfo, output: Path) -> tuple[DroppedStream, ...]:
    """The streams of the film that `output` cannot hold, each with the reason."""
    container = container_of(output)
    reasons = (
        (stream, why_not(stream, container)) for stream in film.streams if stream.index != film.video_index
    )
    return tuple(DroppedStream(stream, why) for stream, why in reasons if why is not None)


def why_not(stream: StreamInfo, container: Container) -> str | None:
    """Why `container` cannot hold `stream`, or None when it can (see `Container.conversions`)."""
    if stream.kind == "attachment":
        return None if container.takes_attachments else f"{container.name} has no attachments"
    taken = {
        "video": container.cover_art,
        "audio": container.audio,
        "subtitle": container.subtitles | container.conversions.keys(),
        "data": container.data,
    }[stream.kind]
    return None if stream.codec in taken else f"{container.name} cannot hold {stream.codec} {stream.kind}"
