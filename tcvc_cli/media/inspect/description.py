"""All that a file says beside its packets: tags, dispositions, chapters, attachments, how the picture is
shown; and what a container has a place for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import AttachmentStream, Disposition, Stream

from tcvc_cli.media.carry.containers import MATROSKA, MOV, MP4, Container
from tcvc_cli.media.read.probe import film_stream, first_picture, open_film, probe, stream_info
from tcvc_cli.media.read.side_data import hashes_of, is_safe_to_ask
from tcvc_cli.media.structure.matroska_tracks import languages
from tcvc_cli.records import FilmInfo, StreamInfo

_NOT_MARKS = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
_QUICKTIME = "qt"  # the brand of QuickTime's own files


@dataclass(frozen=True, slots=True)
class Places:
    """What a container can say of a stream or a chapter; None where it can say anything.

    `alike` are marks that the container keeps as one. `marks_first`: it calls the first track of a kind
    default when no other is. `has_chapter_ends` is False where a chapter ends when the next begins.
    """

    dispositions: frozenset[str] | None = None
    alike: Mapping[str, str] = field(default_factory=dict)
    marks_first: bool = False
    stream_tags: frozenset[str] | None = None
    chapter_tags: frozenset[str] | None = None
    has_chapter_ends: bool = True


_MATROSKA_MARKS = ("default", "dub", "original", "comment", "forced", "hearing_impaired", "visual_impaired")
_TRACK_TAGS = frozenset(("language", "title", "name", "handler_name", "timecode"))
_QUICKTIME_PLACES = Places(
    dispositions=frozenset(("default",)),
    marks_first=True,
    stream_tags=_TRACK_TAGS,
    chapter_tags=frozenset(("title",)),
    has_chapter_ends=False,
)
_MP4_PLACES = replace(
    _QUICKTIME_PLACES,
    dispositions=frozenset(_MATROSKA_MARKS) - {"original"},
    alike=MappingProxyType({"captions": "hearing_impaired", "descriptions": "visual_impaired"}),
)
_PLACES = {
    MATROSKA.name: Places(dispositions=frozenset(_MATROSKA_MARKS)),
    MP4.name: _MP4_PLACES,
    MOV.name: _QUICKTIME_PLACES,
}


@dataclass(frozen=True, slots=True)
class Chapter:
    """A named part, `[start_s, end_s)`; `tick_s` is the unit that its times are counted in."""

    start_s: Fraction
    end_s: Fraction
    tick_s: Fraction
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StreamContents:
    """A stream with everything that is written about it. `language_tag`: its language after BCP 47, as
    Matroska may have it beside the three letters of `info`. `dispositions` by FFmpeg's names, without those
    that say what a picture is for. `tick_s`: the unit of its times. `sample_rate` in Hz, and the
    number of `channels`, with the `layout` of their speakers, 0 for other kinds than sound, and
    `packet_samples`, how many a packet holds, 0 where that changes. `header`: what a decoder must know
    beforehand, such as the styles of subtitles, the priming and the gain of Opus; empty where there is
    nothing. `attachment_sha256` in hex, None for other kinds."""

    info: StreamInfo
    language_tag: str | None
    tags: Mapping[str, str]
    dispositions: frozenset[str]
    is_attached_picture: bool
    tick_s: Fraction
    sample_rate: int
    channels: int
    layout: str
    packet_samples: int
    header: bytes
    attachment_sha256: str | None


@dataclass(frozen=True, slots=True)
class Contents:
    """A file's description; `container` is None where results are never written like that.
    `rotation_degrees`: how players must turn the picture, counterclockwise, 0 to 359. `side_data`:
    SHA-256 in hex by name, such as `mastering display`, of the first frame; empty for what comes later."""

    film: FilmInfo
    container: Container | None
    places: Places
    tags: Mapping[str, str]
    chapters: tuple[Chapter, ...]
    streams: tuple[StreamContents, ...]
    rotation_degrees: int
    field_order: int
    side_data: Mapping[str, str]

    @property
    def picture(self) -> StreamContents:
        """The stream that is the film."""
        return self.streams[self.film.video_index]

    @property
    def others(self) -> tuple[StreamContents, ...]:
        """Every stream but the film itself."""
        return tuple(stream for stream in self.streams if stream.info.index != self.film.video_index)


def contents(path: Path) -> Contents:
    """Read all descriptions, and the first frame. Raises as `probe` does."""
    film = probe(path)
    with open_film(path) as file:
        video = film_stream(file, path)
        first = first_picture(file, video)
        container, tags = _container(file), languages(film)
        codec = video.codec_context.codec.canonical_name
        is_asked = not film.is_photograph and is_safe_to_ask(codec)
        return Contents(
            film=film,
            container=container,
            places=Places() if container is None else _PLACES[container.name],
            tags=dict(file.metadata),
            chapters=_chapters(file),
            streams=tuple(_stream(stream, tags.get(stream.index)) for stream in file.streams),
            rotation_degrees=0 if first is None else first.rotation % 360,
            field_order=int(video.codec_context.field_order),
            side_data={} if first is None or not is_asked else hashes_of(first),
        )


def _container(file: InputContainer) -> Container | None:
    names = file.format.name.split(",")
    if "matroska" in names:
        return MATROSKA
    if "mp4" not in names:
        return None
    return MOV if file.metadata.get("major_brand", _QUICKTIME).strip() == _QUICKTIME else MP4


def _chapters(file: InputContainer) -> tuple[Chapter, ...]:
    found = []
    for chapter in file.chapters():
        tick = chapter["time_base"] or Fraction(1, 1000)
        found.append(Chapter(chapter["start"] * tick, chapter["end"] * tick, tick, dict(chapter["metadata"])))
    return tuple(found)


def _stream(stream: Stream, language_tag: str | None) -> StreamContents:
    data = stream.data if isinstance(stream, AttachmentStream) else None
    rate, channels, layout, samples = _sound_format(stream)
    marks = [one for one in Disposition if stream.disposition & one and not one & _NOT_MARKS]
    return StreamContents(
        info=stream_info(stream),
        language_tag=language_tag,
        tags=dict(stream.metadata),
        dispositions=frozenset(one.name or "" for one in marks),
        is_attached_picture=bool(stream.disposition & Disposition.attached_pic),
        tick_s=stream.time_base or Fraction(0),
        sample_rate=rate,
        channels=channels,
        layout=layout,
        packet_samples=samples,
        header=_header(stream),
        attachment_sha256=None if data is None else hashlib.sha256(data).hexdigest(),
    )


def _sound_format(stream: Stream) -> tuple[int, int, str, int]:
    """(Hz, channels, their layout, samples of a packet); nothing also for a coding that this FFmpeg does not
    know."""
    if not isinstance(stream, AudioStream) or stream.codec_context is None:
        return 0, 0, "", 0
    context = stream.codec_context
    return context.sample_rate, context.layout.nb_channels, context.layout.name, context.frame_size or 0


def _header(stream: Stream) -> bytes:
    """Of a picture, which results code anew, there is none to be kept."""
    return b"" if stream.codec_context is None else bytes(stream.codec_context.extradata or b"")
