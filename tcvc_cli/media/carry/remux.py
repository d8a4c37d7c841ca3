"""Puts the result together: the segments' video, and every other stream of the film, packet by packet."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.sidedata.sidedata import Type as SideDataType
from av.stream import Disposition
from av.video.stream import VideoStream

from tcvc_cli.color.matrix import completed
from tcvc_cli.errors import MediaError, OutputError
from tcvc_cli.files import MayReplace, draft_of, never
from tcvc_cli.media.carry.containers import (
    MATROSKA,
    MOV,
    Container,
    container_of,
    drops,
    how_carried,
    is_decoded,
)
from tcvc_cli.media.carry.copying import ChapterMark, Copier, chapters_of, copy_tags, kept_chapters
from tcvc_cli.media.carry.joining import first_pts, joined_packets, picture_of
from tcvc_cli.media.carry.losses import refuse_losses, with_losses
from tcvc_cli.media.carry.matroska.chapters import put_chapters, true_chapters, with_room
from tcvc_cli.media.carry.matroska.header import Place, fill_places, reserve
from tcvc_cli.media.carry.muxer_options import muxer_options
from tcvc_cli.media.carry.tags import PlacedTags, place_tags, tags_of
from tcvc_cli.media.excerpt import Excerpt
from tcvc_cli.media.failures import reading, writing
from tcvc_cli.media.read.probe import SHOWN_FIRST, film_stream, first_picture, open_film
from tcvc_cli.media.read.side_data import is_safe_to_ask, side_data_of
from tcvc_cli.media.shape.matroska_display import display_of
from tcvc_cli.media.shape.stereo import STEREO_MODE, mode_of, width_in
from tcvc_cli.media.structure.adts import ADTS, has_adts
from tcvc_cli.media.structure.cropping import matroska_crop
from tcvc_cli.media.structure.matroska_parts import Found
from tcvc_cli.media.structure.matroska_tracks import LONGEST_TAG, TrackFact, facts_of_copies, flags, languages
from tcvc_cli.media.structure.priming import NO_LEAD, lead_of
from tcvc_cli.media.timecode.moved import frames_before, move_timecodes
from tcvc_cli.media.write.encode import tag_colors
from tcvc_cli.media.xmp.packet import packet_for
from tcvc_cli.media.xmp.places import xmp_of
from tcvc_cli.media.xmp.quicktime import put_xmp
from tcvc_cli.records import (
    CarriedStream,
    ColorTags,
    DroppedStream,
    FilmInfo,
    Findings,
    StreamInfo,
    SyntheticColors,
)

if TYPE_CHECKING:
    from av.container.core import Chapter

_FIELD_ORDER = {"top": 2, "bottom": 3}  # AV_FIELD_TT and AV_FIELD_BB


@dataclass(frozen=True, slots=True)
class Picture:
    """The coloured one: `add` adds its stream to the result, `packets` are on the film's clock."""

    add: Callable[[], VideoStream]
    packets: Iterator[Packet[Any]]


@dataclass(frozen=True, slots=True)
class Target:
    """What a result is to be: the part of the film, in which container, with which chapters."""

    container: Container
    excerpt: Excerpt
    chapters: list[Chapter]


Mux = Callable[[OutputContainer, "Packet[Any]"], None]
OnFrames = Callable[[int], None]  # how many frames are done


def put(result: OutputContainer, packet: Packet[Any]) -> None:
    result.mux_one(packet)


def unheard(frames: int) -> None:
    """An `OnFrames`: nobody wants to know."""


def remux(
    film: FilmInfo,
    segments: Sequence[Path],
    output: Path,
    *,
    start_s: Fraction | None = None,
    end_s: Fraction | None = None,
    findings: Findings | None = None,
    extra_tags: Mapping[str, str],
    declared: SyntheticColors | None = None,
    is_strict: bool = False,
    on_complete: Callable[[Path, tuple[CarriedStream, ...], tuple[DroppedStream, ...]], None] | None = None,
    may_replace: MayReplace = never,
    draft_folder: Path | None = None,
    chapters: Sequence[ChapterMark] | None = None,
    on_frames: OnFrames = unheard,
    frame_count: int | None = None,
) -> tuple[tuple[CarriedStream, ...], tuple[DroppedStream, ...]]:
    """Write `output` from the segments, in order, and the film's other streams; say what became of each.

    With `start_s` the first frame of the first segment is at 0 and everything else moves with it;
    without, every time stays as it is in the film. `end_s` counts from the film's first frame. `findings`
    are what the frames in the segments say in mid-stream. The file has its name only when it is complete, and
    `on_complete` is called with it, and what was carried and dropped, just before; on any error nothing is
    left of it. `may_replace` and `draft_folder` are those of `draft_of`. Raises what the latter does, and
    with `is_strict` StreamNotCarried when anything at all is lost. `chapters` stand in place of the film's.
    `declared` is said in the film's XMP, or in tags where the container has no place for that. `on_frames` is
    called with the number of pictures that are written, after each; MediaError if not `frame_count` are.
    """
    container = container_of(output)
    if not segments:
        raise OutputError(f"{output.name}: there is no segment to write")
    start_s = None if start_s is None else first_pts(segments[0]) * film.time_base
    excerpt = Excerpt(start_s, None if end_s is None else film.start_s + end_s)
    dropped = drops(film, output)
    carried: tuple[CarriedStream, ...] = ()

    def before_naming(part: Path) -> None:
        if on_complete is not None:
            on_complete(part, carried, dropped)

    draft = draft_of(output, may_replace=may_replace, folder=draft_folder, on_complete=before_naming)
    with writing(output), draft as part, open_film(film.path) as source:
        tags = _tags(source, container, extra_tags, declared)
        options = muxer_options(film, container, tags, source)
        with av.open(f"file:{part}", "w", format=container.muxer, options=options) as result:
            result.metadata.update(tags.tags)
            counted = _counted(joined_packets(film, segments), on_frames, frame_count)
            picture = Picture(lambda: _add_video(film, segments[0], source, result), counted)
            marks, true = _chapters(film, source, container, excerpt, chapters)
            carried, places = write(film, picture, source, result, Target(container, excerpt, marks))
            dropped += _without_packets(film, container, carried, dropped)
        put_chapters(part, true)
        _complete(film, part, container, places, declared)
        is_cut = (start_s, end_s) != (None, None)
        carried = with_losses(film, carried, source, part, is_cut=is_cut, findings=findings)
        if is_strict:
            refuse_losses(output, carried, dropped)
    return carried, dropped


def _tags(
    source: InputContainer, container: Container, extra: Mapping[str, str], declared: SyntheticColors | None
) -> PlacedTags:
    has_cover = any(stream.disposition & Disposition.attached_pic for stream in source.streams)
    added = {**extra, **(tags_of(declared) if declared and container is MATROSKA else {})}
    return place_tags(source.metadata, added, container, has_cover=has_cover)


def _without_packets(
    film: FilmInfo, container: Container, carried: Sequence[CarriedStream], dropped: Sequence[DroppedStream]
) -> tuple[DroppedStream, ...]:
    """The streams that could be held, if only there was a packet of them."""
    told = {row.stream.index for row in carried} | {row.stream.index for row in dropped}
    why = f"{container.name} holds no track without a packet"
    return tuple(DroppedStream(stream, why) for stream in film.streams if stream.index not in told)


def _chapters(
    film: FilmInfo,
    source: InputContainer,
    container: Container,
    excerpt: Excerpt,
    marks: Sequence[ChapterMark] | None,
) -> tuple[list[Chapter], Found | None]:
    """What the muxer is to write, and what takes its place when it has, if anything."""
    if marks is not None:
        return chapters_of(marks, film.time_base), None
    true = true_chapters(film) if container is MATROSKA and excerpt.is_complete_film else None
    return with_room(kept_chapters(source, excerpt), true), true


def _complete(
    film: FilmInfo,
    part: Path,
    container: Container,
    places: list[Place],
    declared: SyntheticColors | None,
) -> None:
    """What FFmpeg's muxer does not write."""
    if places:
        fill_places(part, places)
    xmp = None if container is MATROSKA else packet_for(xmp_of(film), declared)
    if xmp is not None:
        put_xmp(part, xmp, is_quicktime=container is MOV)


def _shape(film: FilmInfo, container: Container, video: VideoStream) -> Place | None:
    """What Matroska's header has to state of the picture's shape; the muxer calls square pixels unknown."""
    if container is not MATROSKA:
        return None
    return Place(display_of(film, width_in(video.metadata.get(STEREO_MODE))), matroska_crop(film))


def write(
    film: FilmInfo,
    picture: Picture,
    source: InputContainer,
    result: OutputContainer,
    target: Target,
    mux: Mux = put,
) -> tuple[tuple[CarriedStream, ...], list[Place]]:
    """The streams of `film`, which is open as `source`, and then all packets, in the order of their times.
    Returns what became of each stream that got a track, and what goes into the finished file's header."""
    copier, container = Copier(source, result, target.excerpt), target.container
    tags, marks = (languages(film), flags(film)) if container is MATROSKA else ({}, {})
    facts = facts_of_copies(film) if container is MATROSKA else {}
    carried, places = [], []
    for stream in film.streams:
        place = None
        if stream.index == film.video_index:
            video = picture.add()
            if (place := _shape(film, container, video)) is not None:
                video.metadata["title"] = reserve(video.metadata.get("title"))
            carried.append(CarriedStream(stream, "coloured"))
        elif (how := how_carried(stream, container)) is not None:
            place = _carry(film, stream, container, copier)
            carried.append(CarriedStream(stream, ADTS if has_adts(source.streams[stream.index]) else how))
        else:
            continue
        place = _with_header(place, tags.get(stream.index), marks.get(stream.index, ()), result)
        if carried[-1].how in ("copied", "coloured"):
            place = _with_facts(place, facts.get(stream.index, ()), result)
        places += [place] if place is not None else []
    result.set_chapters(target.chapters)
    every = [result.metadata, *(one.metadata for one in result.streams)]
    move_timecodes(film, every, frames_before(film, target.excerpt.first_s))
    result.start_encoding()
    pictures = _moved(picture.packets, video, target.excerpt)
    for packet in heapq.merge(pictures, _read(film, copier), key=moment):
        mux(result, packet)
    kept = (row for row in carried if not copier.has_no_track(row.stream.index))
    return tuple(replace(row, lost=copier.lost(row.stream.index)) for row in kept), places


def _with_header(
    place: Place | None, tag: str | None, marks: tuple[tuple[bytes, int], ...], result: OutputContainer
) -> Place | None:
    """Language and flags of the track that was added last go where its name has made room, or makes room
    now."""
    language = None if tag is None or len(tag) > LONGEST_TAG else tag
    if language is None and not marks:
        return place
    return replace(place or _new_place(result), language=language, flags=marks)


def _with_facts(place: Place | None, facts: tuple[TrackFact, ...], result: OutputContainer) -> Place | None:
    return replace(place or _new_place(result), facts=facts) if facts else place


def _new_place(result: OutputContainer) -> Place:
    """In the track that was added last."""
    track = result.streams[len(result.streams) - 1]
    track.metadata["title"] = reserve(track.metadata.get("title"))
    return Place()


def _carry(film: FilmInfo, stream: StreamInfo, container: Container, copier: Copier) -> Place | None:
    """Returns what is to be written into the track's header afterwards, if anything."""
    picture = _attached_picture(film, stream) if container.takes_attachments else None
    if picture is not None:
        copier.add_cover(stream.index, picture)
    elif stream.codec in container.conversions:
        copier.add_subtitle(stream.index, container.conversions[stream.codec])
    elif is_decoded(stream, container):
        copier.add_samples(stream.index)
    elif stream.kind != "data":  # the muxer makes those itself, see `Container.rewritten`
        return _copy(film, stream, container, copier)
    return None


def _copy(film: FilmInfo, stream: StreamInfo, container: Container, copier: Copier) -> Place | None:
    """Matroska counts what lies before the beginning of sound from 0, and states how much that is."""
    is_delayed = container is MATROSKA and stream.kind == "audio"
    delay_s = copier.add(stream.index, lead_of(film, stream.index) if is_delayed else NO_LEAD)
    return Place(delay_ns=round(delay_s * 10**9)) if delay_s else None


def _attached_picture(film: FilmInfo, stream: StreamInfo) -> bytes | None:
    with reading(film.path), open_film(film.path) as source:
        cover = source.streams[stream.index]
        if not cover.disposition & Disposition.attached_pic:
            return None
        return next((bytes(packet) for packet in source.demux(cover) if packet.size), None)


def _add_video(film: FilmInfo, segment: Path, source: InputContainer, result: OutputContainer) -> VideoStream:
    with open_film(segment) as coded:
        stream = result.add_stream_from_template(picture_of(coded), opaque=True)
    original = source.streams[film.video_index]
    assert isinstance(original, VideoStream)
    stream.time_base = film.time_base
    context = stream.codec_context
    context.framerate, context.sample_aspect_ratio = film.frame_rate, film.sample_aspect
    tag_colors(context, _stated_color(film, context.codec.canonical_name))
    stated = int(original.codec_context.field_order)
    context.field_order = stated if stated in SHOWN_FIRST else _FIELD_ORDER.get(film.fields, stated)
    copy_tags(original, stream, is_same_coding=False)
    _set_display(film, stream)
    return stream


def _stated_color(film: FilmInfo, coding: str) -> ColorTags:
    """Readers take DNxHR for BT.709 unless QuickTime says otherwise: all three tags, or none."""
    return completed(film.color, height_px=film.height_px) if coding == "dnxhd" else film.color


def _set_display(film: FilmInfo, stream: VideoStream) -> None:
    """How players must turn the picture, and what of it each eye sees, as the film's first frame says."""
    with open_film(film.path) as source:
        picture = first_picture(source, film_stream(source, film.path))
    if picture is None or not is_safe_to_ask(film.streams[film.video_index].codec):
        return
    try:
        side_data = side_data_of(picture)
    except ValueError:  # PyAV does not know every kind of side data; the angle it does
        stream.set_display_rotation(picture.rotation)
        return
    for data in side_data:
        if data.type is SideDataType.DISPLAYMATRIX:
            stream.set_display_matrix([int(one) for one in np.frombuffer(memoryview(data), np.int32)])
        is_muxed = stream.container.format.name == MATROSKA.muxer  # MP4's muxer is told by no tag
        mode = mode_of(bytes(data)) if data.type is SideDataType.STEREO3D and is_muxed else None
        if mode is not None:
            stream.metadata.setdefault(STEREO_MODE, mode)


def _counted(
    packets: Iterator[Packet[Any]], on_frames: OnFrames, frame_count: int | None
) -> Iterator[Packet[Any]]:
    """A packet counts when the next one is asked for: then it is written."""
    number = 0
    for number, packet in enumerate(packets, 1):
        yield packet
        on_frames(number)
    if frame_count not in (None, number):
        raise MediaError(f"{number} pictures were coded of {frame_count} frames")


def _moved(packets: Iterator[Packet[Any]], video: VideoStream, excerpt: Excerpt) -> Iterator[Packet[Any]]:
    for packet in packets:
        assert packet.pts is not None
        assert packet.dts is not None
        ticks = round(excerpt.shift_s / packet.time_base)
        packet.pts, packet.dts, packet.stream = packet.pts - ticks, packet.dts - ticks, video
        yield packet


def _read(film: FilmInfo, copier: Copier) -> Iterator[Packet[Any]]:
    with reading(film.path):
        yield from copier.packets()


def moment(packet: Packet[Any]) -> Fraction:
    """When a packet's turn comes, in seconds."""
    ticks = packet.dts if packet.dts is not None else packet.pts or 0
    return ticks * packet.time_base
