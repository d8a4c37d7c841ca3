"""The metadata of a film, read without decoding it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

import av
from av.codec.context import Flags
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import AttachmentStream, DataStream, Disposition, Stream
from av.video.stream import VideoStream

from tcvc_cli.errors import (
    EmptyFilm,
    FrameTooLarge,
    InputError,
    NotAFilm,
    NoVideoStream,
    TruncatedFilm,
    UnreadableInput,
)
from tcvc_cli.media.planes import pixel_format
from tcvc_cli.media.read.continuous_clock import ContinuousClock
from tcvc_cli.media.read.fields import FieldOrder
from tcvc_cli.media.read.one_file import ONE_FILE_ALONE
from tcvc_cli.media.read.orientation import UPRIGHT, turn_of, turned_format
from tcvc_cli.media.shape.chroma_siting import head_of, siting_of
from tcvc_cli.media.structure.beginnings.first_time import begins_at
from tcvc_cli.media.structure.beginnings.late_sound import is_unseen, options_to_find_all
from tcvc_cli.media.structure.edit_list_start import with_first_shown
from tcvc_cli.media.structure.integrity.truncation import is_cut_short
from tcvc_cli.media.timecode.stated import stated_timecode
from tcvc_cli.media.versions import UNREADABLE_TAGS
from tcvc_cli.plan.timecode import is_steady
from tcvc_cli.readers import keep_as
from tcvc_cli.records import ColorTags, Fields, FilmInfo, PixelFormat, StreamInfo, StreamKind

MOST_PIXELS = 1 << 27
"""Of a frame: 15360x8640 fits. Some ten copies of it are in memory at once."""
_PICTURE = Disposition.attached_pic | Disposition.timed_thumbnails
CHAPTER_TEXT = "chapter_text"  # codec names of two tracks that FFmpeg has no name for
TIMECODE = "tmcd"
_UNSPECIFIED = 2
Stated = tuple[int, int, int, int]  # primaries, transfer, matrix and range, by libav's numbers
SILENT: Stated = (_UNSPECIFIED, _UNSPECIFIED, _UNSPECIFIED, 0)
SHOWN_FIRST: Mapping[int, Fields] = MappingProxyType({2: "top", 3: "bottom", 4: "bottom", 5: "top"})
_BT_709 = 1
_FULL_RANGE = 2  # AVCOL_RANGE_JPEG
_LIMITED_RANGE = 1
_SLOWEST, _FASTEST = Fraction(1, 60), Fraction(1000)  # frame rates that a film may have
_USUAL_RATE = Fraction(25)
_FRAMES_OFF = 2
_NO_TIMESTAMPS, _TS_DISCONT = 0x80, 0x200  # AVFMT_NOTIMESTAMPS, AVFMT_TS_DISCONT
_GO_BACK = ("flv", "live_flv", "matroska", "asf")  # formats that people and recorders join all the same
_BARE_JPEG, _JPEG_HEAD = (".mjpeg", ".mjpg"), b"\xff\xd8"
_PNG_HEAD = b"\x89PNG\r\n\x1a\n"


def open_film(path: Path) -> InputContainer:
    """Open `path` for reading, as a plain file whatever its name looks like. What the process makes from here
    on is kept from those who may not read it.

    Raises UnreadableInput, EmptyFilm (nothing in it), TruncatedFilm (too little of it, as an MP4
    without its index) or NotAFilm.
    """
    _check_readable(path)
    keep_as(path)
    container = _opened(path)
    more = options_to_find_all(container, path)
    if more is not None:
        container.close()
        container = _opened(path, more)
    return container


def _opened(path: Path, more: Mapping[str, str] = MappingProxyType({})) -> InputContainer:
    options = {**ONE_FILE_ALONE, "scan_all_pmts": "1", **more}
    try:
        container: InputContainer = av.open(
            f"file:{path}", "r", _format(path), options=options, **UNREADABLE_TAGS
        )
        return container
    except (FFmpegError, ValueError) as error:
        raise _why_not_opened(path) from error


def _format(path: Path) -> str | None:
    """What FFmpeg would not see by itself: a row of JPEG pictures looks like a photograph."""
    if path.suffix.lower() not in _BARE_JPEG or not path.is_file():
        return None
    with path.open("rb") as file:
        return "mjpeg" if file.read(2) == _JPEG_HEAD else None


def probe(path: Path) -> FilmInfo:
    """Read the headers and the first frame. Photographs are described upright, as they are read.

    Raises UnreadableInput, NotAFilm, TruncatedFilm, NoVideoStream or EmptyFilm.
    """
    with open_film(path) as container:
        stream = film_stream(container, path)
        tags = stated_tags(stream)
        first = first_picture(container, stream)
        if first is None:
            raise _why_no_frame(path)
        color = color_tags(tags, stated_tags(stream), pixel_format(first.format.name))
        film = film_info(path, container, stream, first, color, head_of(path))
    if first.pts is None and not film.is_photograph and path.is_file():
        return replace(film, start_s=_start_s(film))
    return film


def _start_s(film: FilmInfo) -> Fraction:
    """When a film begins whose first picture does not say it."""
    with open_film(film.path) as container:
        if is_bare(container):
            return film.start_s
        step = 1 / (film.frame_rate * film.time_base)
        packets = demuxed(container)
        with suppress(FFmpegError):
            return begins_at(film_stream(container, film.path), packets, step) * film.time_base
    return film.start_s


def film_stream(container: InputContainer, path: Path) -> VideoStream:
    """The stream that is the film: the first by default, pictures attached to sound do not count."""
    found = [stream for stream in container.streams.video if not stream.disposition & _PICTURE]
    if not found:
        raise NoVideoStream(f"{path.name} has no video stream")
    stream = max(found, key=lambda stream: bool(stream.disposition & Disposition.default))
    if stream.codec_context is None:
        raise NotAFilm(f"{path.name} is coded in a way that this FFmpeg cannot decode")
    refuse_large(path, stream.codec_context.width, stream.codec_context.height)
    stream.codec_context.options = {**stream.codec_context.options, "max_pixels": str(MOST_PIXELS)}
    stream.codec_context.flags |= Flags.unaligned  # or columns that are cropped away at the left come along
    return stream


def refuse_large(path: Path, width_px: int, height_px: int) -> None:
    """What the header says; a decoder that finds more inside gives up. Raises FrameTooLarge."""
    if width_px * height_px > MOST_PIXELS:
        most = MOST_PIXELS // 1_000_000
        raise FrameTooLarge(f"{path.name} is {width_px}x{height_px} pixels; {most} million are the most")


def stream_info(stream: Stream) -> StreamInfo:
    """The record of one stream; kinds that FFmpeg does not know count as data."""
    kinds: tuple[StreamKind, ...] = ("video", "audio", "subtitle", "data", "attachment")
    kind: StreamKind = next((kind for kind in kinds if kind == stream.type), "data")
    tags, codec = stream.metadata, _codec_name(stream)
    if codec in (CHAPTER_TEXT, TIMECODE):
        kind = "data"
    title = tags.get("title", tags.get("name"))  # QuickTime calls it name
    is_picture = kind == "video" and bool(stream.disposition & _PICTURE)
    return StreamInfo(stream.index, kind, codec, tags.get("language"), title, is_picture)


def _codec_name(stream: Stream) -> str:
    """FFmpeg's name of the coding, `CHAPTER_TEXT` or `TIMECODE`, the MIME type of an attachment."""
    if isinstance(stream, AttachmentStream):
        return stream.mimetype or "unknown"
    if _is_chapter_text(stream):
        return CHAPTER_TEXT
    if isinstance(stream, DataStream):
        return stream.name or (TIMECODE if "timecode" in stream.metadata else "unknown")
    if is_unseen(stream):
        return "unknown"  # announced, and then there is not one packet of it
    return "unknown" if stream.codec_context is None else stream.codec_context.codec.canonical_name


def _is_chapter_text(stream: Stream) -> bool:
    """MP4 keeps the chapters' titles in a text track, which FFmpeg shows as data or as a subtitle."""
    if not stream.container.chapters() or "mp4" not in stream.container.format.name:
        return False
    if isinstance(stream, DataStream):
        return stream.name == "bin_data"
    is_text = stream.type == "subtitle" and stream.codec_context is not None
    is_one_each = stream.frames == len(stream.container.chapters())
    return is_text and stream.codec_context.codec_tag == "text" and is_one_each


def _check_readable(path: Path) -> None:
    if not os.path.exists(path):
        raise UnreadableInput(f"{path} does not exist")
    if path.is_dir():
        raise UnreadableInput(f"{path} is a folder, not a film")
    if path.is_char_device() or path.is_block_device():
        raise NotAFilm(f"{path} is a device, not a film")
    if not path.is_file():  # whoever opens a pipe waits for its writer for ever
        raise UnreadableInput(f"{path} is not a file", "Give a film as a file.")
    if not os.access(path, os.R_OK):
        raise UnreadableInput(f"no permission to read {path}")
    if path.is_file() and path.stat().st_size == 0:
        raise EmptyFilm(f"{path.name} is empty")


def _why_not_opened(path: Path) -> InputError:
    is_cut = is_cut_short(path) if path.is_file() else None
    if is_cut:
        return TruncatedFilm(f"{path.name} ends too early to be read; the copy is incomplete")
    if is_cut is False:
        return EmptyFilm(f"{path.name} is complete, and holds nothing that can be read")
    return NotAFilm(f"{path.name} is not a film or a photograph")


def _why_no_frame(path: Path) -> InputError:
    if path.is_file() and is_cut_short(path):
        return TruncatedFilm(f"{path.name} ends before its first frame; the copy is incomplete")
    if path.is_file() and _is_animated_webp(path):
        return NotAFilm(f"{path.name} is an animated WebP, which this FFmpeg cannot read")
    if (head := head_of(path)).startswith(_PNG_HEAD):  # of one that is too large FFmpeg says no size
        refuse_large(path, *(int.from_bytes(head[at : at + 4]) for at in (16, 20)))
    return EmptyFilm(f"{path.name} has a video stream without one frame that can be decoded")


def _is_animated_webp(path: Path) -> bool:
    """By the flag in its extended header (RFC 9649, 2.7)."""
    with path.open("rb") as file:
        head = file.read(21)
    is_extended = head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X"
    return is_extended and len(head) == 21 and bool(head[20] & 0x02)


def first_picture(container: InputContainer, stream: VideoStream) -> av.VideoFrame | None:
    """The first frame of `stream` that can be decoded, or None when there is none."""
    for packet in _packets(container, stream):
        try:
            frames = stream.decode(packet if packet.size else None)
        except FFmpegError:
            continue  # broadcast recordings begin in the middle of a group of pictures
        if frames:
            return frames[0]
    return None


def _packets(container: InputContainer, stream: VideoStream) -> Iterator[Packet[Any]]:
    """As far as they can be read."""
    with suppress(FFmpegError):
        yield from demuxed(container, stream)


def demuxed(container: InputContainer, *streams: Stream, is_from_start: bool = True) -> Iterator[Packet[Any]]:
    """The packets of these streams, or of all, on one clock where recordings were joined. Where another
    stream begins in the middle of a file, as in broadcast recordings, PyAV stumbles over it when everything
    has been read: that is the end. Not `is_from_start`: after a seek."""
    with suppress(IndexError):
        if may_be_joined(container):
            chosen = {stream.index for stream in streams or container.streams}
            clock = ContinuousClock(is_often_joined=is_often_joined(container))
            steadied = clock.steadied(container.demux())
            yield from (packet for packet in steadied if packet.stream.index in chosen)
            return
        packets: Iterator[Packet[Any]] = container.demux(*streams)
        for video in container.streams.video if "mp4" in container.format.name else ():
            packets = with_first_shown(video, packets, is_from_start=is_from_start)
        yield from packets


def is_bare(container: InputContainer) -> bool:
    """True for coded pictures without a container, which have a rate and no times."""
    return bool(container.format.flags & _NO_TIMESTAMPS)


def shown_at(container: InputContainer, picture: av.VideoFrame) -> int | None:
    """When the file says that `picture` is shown, in ticks of its stream; None where it does not say. The
    times that FFmpeg counts out for bare streams are uneven at the beginning."""
    return None if is_bare(container) else picture.pts


def may_be_joined(container: InputContainer) -> bool:
    """True for formats whose clock may begin anew; all their streams are read, to know where it does."""
    return is_often_joined(container) or container.format.name.split(",")[0] in _GO_BACK


def is_often_joined(container: InputContainer) -> bool:
    """True for formats whose clock is expected to begin anew: broadcasts, which may be cut anywhere."""
    return bool(container.format.flags & _TS_DISCONT)


def film_info(
    path: Path,
    container: InputContainer,
    stream: VideoStream,
    first: av.VideoFrame,
    color: ColorTags,
    head: bytes,
) -> FilmInfo:
    """What is known once the `first` picture is decoded; `color` as `color_tags` gives it, `head` as
    `siting_of` takes it."""
    rate = _frame_rate(container, stream)
    time_base = stream.time_base or 1 / rate
    is_photograph = _is_photograph(container)
    turn = turn_of(path) if is_photograph else UPRIGHT
    width, height = (first.height, first.width) if turn.is_swapped else (first.width, first.height)
    return FilmInfo(
        path=path,
        container=container.format.name,
        is_photograph=is_photograph,
        video_index=stream.index,
        width_px=width,
        height_px=height,
        sample_aspect=_sample_aspect(stream),
        frame_rate=rate,
        time_base=time_base,
        frame_count=1 if is_photograph else _frame_count(container, stream, rate),
        pixel_format=turned_format(pixel_format(first.format.name), turn),
        color=color,
        streams=tuple(stream_info(one) for one in container.streams),
        chapter_count=len(container.chapters()),
        fields=_fields(stream, first),
        start_s=(shown_at(container, first) or 0) * time_base,
        timecode=None if is_photograph else stated_timecode(container, stream, first, rate),
        siting="unspecified" if is_photograph else siting_of(container, stream, head),
    )


def _fields(stream: VideoStream, first: av.VideoFrame) -> Fields:
    """As the stream says; where it says nothing, as its first frame does.

    FFmpeg's codes name the field that is coded first, then the one that is shown first; 1 is progressive.
    """
    if first.height % 2:
        return "none"
    stated: Fields | None = SHOWN_FIRST.get(int(stream.codec_context.field_order))
    return stated or FieldOrder().of(first)


def _is_photograph(container: InputContainer) -> bool:
    name = container.format.name
    return name.endswith("_pipe") or name in ("image2", "webp", "ico")


def _frame_rate(container: InputContainer, stream: VideoStream) -> Fraction:
    """What the container says on average; a bare stream has no container, and its own header says it."""
    candidates: tuple[Fraction | None, ...] = (stream.average_rate, stream.guessed_rate, stream.base_rate)
    if is_bare(container):
        candidates = (stream.guessed_rate, stream.base_rate)
    rate = next((rate for rate in candidates if rate and _SLOWEST <= rate <= _FASTEST), _USUAL_RATE)
    return _steady_rate(stream, rate)


def _steady_rate(stream: VideoStream, average: Fraction) -> Fraction:
    """MP4 with reordered pictures is averaged over a frame too many: there the rate of most frames counts,
    where timecode knows it and a frame or two explain the difference."""
    steady = stream.guessed_rate
    if is_steady(average) or steady is None or not is_steady(steady):
        return average
    frames = abs(steady / average - 1) * (stream.frames or 0)
    return steady if 0 < frames <= _FRAMES_OFF else average


def _sample_aspect(stream: VideoStream) -> Fraction:
    """As the container says, else as the first frame does."""
    candidates = (stream.sample_aspect_ratio, stream.codec_context.sample_aspect_ratio)
    return next((aspect for aspect in candidates if aspect is not None and aspect > 0), Fraction(1))


def _frame_count(container: InputContainer, stream: VideoStream, rate: Fraction) -> int:
    tagged = next((v for k, v in stream.metadata.items() if k.startswith("NUMBER_OF_FRAMES")), "")
    if stream.frames or tagged.isdecimal():
        return stream.frames or int(tagged)
    if stream.duration and stream.time_base:
        return max(1, round(stream.duration * stream.time_base * rate))
    return max(1, round(Fraction(container.duration or 0, av.time_base) * rate))


def stated_tags(stream: VideoStream) -> Stated:
    """Of colour. As libav has them at this moment."""
    context = stream.codec_context
    return context.color_primaries, context.color_trc, context.colorspace, context.color_range


def color_tags(container: Stated, bitstream: Stated, picture: PixelFormat) -> ColorTags:
    """Tags of the planes that `read_frames` yields: the container's, where it is silent the
    bitstream's. Grey and RGB without a range are full range, as libswscale takes them; RGB is turned
    to Y'CbCr with the BT.709 matrix."""
    primaries, transfer, matrix = (
        one if one not in (0, _UNSPECIFIED) else other or _UNSPECIFIED
        for one, other in zip(container[:3], bitstream[:3], strict=True)
    )
    color_range = container[3] or bitstream[3]
    is_full = color_range == _FULL_RANGE or picture.name.startswith("yuvj")
    if picture.is_rgb:
        return ColorTags(primaries, transfer, _BT_709, full_range=True)
    is_untagged_grey = picture.is_grey and color_range != _LIMITED_RANGE
    return ColorTags(primaries, transfer, matrix, full_range=is_full or is_untagged_grey)
