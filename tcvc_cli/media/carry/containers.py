"""What each container can carry, as data, and what follows from it for one film."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from tcvc_cli.errors import OutputError
from tcvc_cli.media.read.probe import CHAPTER_TEXT, TIMECODE
from tcvc_cli.media.write.encoders import encoder_of
from tcvc_cli.records import DroppedStream, Encoding, FilmInfo, StreamInfo


@dataclass(frozen=True, slots=True)
class Container:
    """A file format that results are written in; codecs by FFmpeg's names.

    `is_other_sound_decoded`: sound of any other codec is kept as the samples that it decodes to.
    `conversions` are text subtitles rewritten without loss of words or times. `rewritten` are data
    streams that the muxer makes anew from the chapters or from a tag. `cover_art` are the codecs of
    pictures that may be attached; `other_video` those of further video tracks, which stay as they are.
    `tags` are the names of tags that have a place, None when all do.
    """

    name: str
    muxer: str
    video: frozenset[str]
    audio: frozenset[str]
    is_other_sound_decoded: bool
    subtitles: frozenset[str]
    conversions: Mapping[str, str]
    rewritten: Mapping[str, str]
    cover_art: frozenset[str]
    other_video: frozenset[str]
    takes_attachments: bool
    tags: frozenset[str] | None


_PCM_FORMATS = ("u8", "s16le", "s24le", "s32le", "s16be", "s24be", "s32be", "f32le", "f64le")
_PCM = frozenset(f"pcm_{kind}" for kind in _PCM_FORMATS)
_COMMON_VIDEO = frozenset(("h264", "hevc", "mpeg4", "mpeg2video", "mpeg1video", "vp9", "av1", "mjpeg"))
_BOTH_TAGS = frozenset(("title", "artist", "album", "date", "comment", "genre", "copyright", "location"))
_MUXER_TAGS = frozenset(("creation_time", "timecode"))
_MOV_TAGS = _BOTH_TAGS | _MUXER_TAGS | frozenset(("make", "model"))
_MP4_TAGS = (
    _BOTH_TAGS
    | _MUXER_TAGS
    | frozenset(("album_artist", "composer", "grouping", "lyrics", "description", "synopsis", "show"))
    | frozenset(("episode_id", "network", "keywords", "track", "disc"))
)
_CHAPTERS_AND_TIMECODE = MappingProxyType({CHAPTER_TEXT: "as chapters", TIMECODE: "as the timecode tag"})

MATROSKA = Container(
    name="mkv",
    muxer="matroska",
    video=_COMMON_VIDEO | frozenset(("ffv1", "prores", "vp8")),
    audio=_PCM
    | frozenset(("aac", "ac3", "eac3", "alac", "dts", "flac", "mlp", "truehd", "mp1", "mp2", "mp3"))
    | frozenset(("opus", "vorbis", "tta", "wavpack", "atrac1", "atrac3", "sipr", "qdm2", "qdmc"))
    | frozenset(("ra_144", "ra_288", "cook")),
    is_other_sound_decoded=True,
    subtitles=frozenset(("subrip", "text", "ass", "webvtt"))
    | frozenset(("hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle")),
    conversions=MappingProxyType({"mov_text": "subrip"}),
    rewritten=_CHAPTERS_AND_TIMECODE,
    cover_art=frozenset(("mjpeg", "png", "bmp", "gif", "tiff", "webp")),
    other_video=_COMMON_VIDEO | frozenset(("ffv1", "prores", "vp8", "theora", "rawvideo")),
    takes_attachments=True,
    tags=None,
)
MP4 = Container(
    name="mp4",
    muxer="mp4",
    video=_COMMON_VIDEO,
    audio=_PCM - {"pcm_u8"}
    | frozenset(("aac", "ac3", "eac3", "alac", "dts", "flac", "mp2", "mp3", "opus", "truehd", "vorbis")),
    is_other_sound_decoded=False,
    subtitles=frozenset(("mov_text", "dvd_subtitle")),
    conversions=MappingProxyType({"subrip": "mov_text"}),
    rewritten=_CHAPTERS_AND_TIMECODE,
    cover_art=frozenset(("mjpeg", "png", "bmp")),
    other_video=_COMMON_VIDEO,
    takes_attachments=False,
    tags=_MP4_TAGS,
)
MOV = Container(
    name="mov",
    muxer="mov",
    video=_COMMON_VIDEO - {"vp9", "av1"} | frozenset(("prores", "dnxhd", "jpeg2000")),
    audio=_PCM
    | frozenset(("aac", "ac3", "eac3", "alac", "mp2", "mp3", "pcm_alaw", "pcm_mulaw", "pcm_s8"))
    | frozenset(("adpcm_ima_qt", "gsm", "qdm2", "qdmc", "mace3", "mace6", "amr_nb", "amr_wb")),
    is_other_sound_decoded=True,
    subtitles=frozenset(("mov_text", "eia_608")),
    conversions=MappingProxyType({"subrip": "mov_text"}),
    rewritten=_CHAPTERS_AND_TIMECODE,
    cover_art=frozenset(),  # FFmpeg leaves it out, in silence
    other_video=_COMMON_VIDEO - {"vp9", "av1"} | frozenset(("prores", "dnxhd", "jpeg2000", "png", "qtrle")),
    takes_attachments=False,
    tags=_MOV_TAGS,
)
_SAY_RANGE = ("h264", "hevc", "dnxhd")
CONTAINERS: Mapping[str, Container] = MappingProxyType(
    {".mkv": MATROSKA, ".mp4": MP4, ".m4v": MP4, ".mov": MOV}
)


def container_of(output: Path) -> Container:
    """The container that the name of `output` asks for. Raises OutputError for any other suffix."""
    container = CONTAINERS.get(output.suffix.lower())
    if container is None:
        suffixes = ", ".join(CONTAINERS)
        raise OutputError(
            f"{output.name}: results are written as {suffixes}", "Give a name that ends in .mkv."
        )
    return container


def codec_of(preset: str | Encoding) -> str:
    """FFmpeg's name of the codec that is written."""
    return encoder_of(preset).coding


def default_output(film: FilmInfo, preset: str | Encoding) -> Path:
    """Where the result goes when nobody says: beside the film, in the first of its own container,
    Matroska, QuickTime and MP4 that carries the preset's codec and every stream; when none does, in
    Matroska, or where that cannot hold the codec, in QuickTime. Photographs become PNG."""
    stem = film.path.stem
    if film.is_photograph:
        return film.path.with_name(f"{stem}.color.png")
    own = CONTAINERS.get(film.path.suffix.lower(), MATROSKA)
    holding = [one for one in (own, MATROSKA, MOV, MP4) if codec_of(preset) in one.video]
    usual = MATROSKA if MATROSKA in holding else next(iter(holding), MATROSKA)
    complete = (one for one in holding if not _dropped(film, one) and _keeps_range(film, one, preset))
    best = next(complete, usual)
    return film.path.with_name(f"{stem}.color.{best.name}")


def _keeps_range(film: FilmInfo, container: Container, preset: str | Encoding) -> bool:
    return not film.color.full_range or says_full_range(container, codec_of(preset))


def says_full_range(container: Container, coding: str) -> bool:
    """QuickTime says nothing of full range, and neither does ProRes."""
    return container is not MOV or coding in _SAY_RANGE


def drops(film: FilmInfo, output: Path) -> tuple[DroppedStream, ...]:
    """The streams of the film that `output` cannot hold, each with the reason."""
    return _dropped(film, container_of(output))


def how_carried(stream: StreamInfo, container: Container) -> str | None:
    """ "copied", or what a stream becomes in `container`, or None when it cannot be held."""
    if stream.kind == "subtitle" and stream.codec in container.conversions:
        return f"{stream.codec} to {container.conversions[stream.codec]}"
    if stream.kind == "data":
        return container.rewritten.get(stream.codec)
    if stream.kind == "attachment":
        return "copied" if container.takes_attachments else None
    if is_decoded(stream, container):
        return f"{stream.codec} to samples"
    pictures = container.cover_art if stream.is_picture else container.other_video
    taken = {"video": pictures, "audio": container.audio, "subtitle": container.subtitles}
    return "copied" if stream.codec in taken[stream.kind] else None


def is_decoded(stream: StreamInfo, container: Container) -> bool:
    """True for sound that `container` has no name for but can hold as samples."""
    is_unnamed = stream.kind == "audio" and stream.codec not in container.audio | {"unknown"}
    return is_unnamed and container.is_other_sound_decoded


def _dropped(film: FilmInfo, container: Container) -> tuple[DroppedStream, ...]:
    return tuple(
        DroppedStream(stream, _why_dropped(stream, container))
        for stream in film.streams
        if stream.index != film.video_index and how_carried(stream, container) is None
    )


def _why_dropped(stream: StreamInfo, container: Container) -> str:
    if stream.kind == "audio" and stream.codec == "unknown":
        return "the film announces this sound, and FFmpeg finds none of it"
    return f"{container.name} cannot hold {stream.kind} of the kind {stream.codec}"
