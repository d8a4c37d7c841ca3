"""A new picture and the sound of a film, as a film for showing: no other stream, no tag but one."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from tcvc_cli.files import MayReplace, draft_of, never
from tcvc_cli.media.carry.containers import MATROSKA, Container, container_of, how_carried, is_decoded
from tcvc_cli.media.carry.copying import Copier
from tcvc_cli.media.carry.joining import joined_packets, picture_of
from tcvc_cli.media.carry.matroska.header import Place, fill_places
from tcvc_cli.media.carry.muxer_options import movie_timescale
from tcvc_cli.media.carry.tags import place_tags
from tcvc_cli.media.excerpt import COMPLETE_FILM
from tcvc_cli.media.failures import reading, writing
from tcvc_cli.media.read.probe import open_film
from tcvc_cli.media.structure.adts import ADTS, has_adts
from tcvc_cli.media.structure.priming import NO_LEAD, lead_of
from tcvc_cli.media.write.encode import tag_colors
from tcvc_cli.records import COMPUTED, CarriedStream, DroppedStream, FilmInfo, StreamInfo


def sound_for(film: FilmInfo, output: Path) -> tuple[StreamInfo, ...]:
    """The streams of sound that `output` can hold. Raises OutputError for a name of no container."""
    container = container_of(output)
    return tuple(one for one in _sound(film) if how_carried(one, container) is not None)


def join_with_sound(
    picture: FilmInfo,
    segment: Path,
    film: FilmInfo,
    output: Path,
    *,
    computed: str | None = None,
    may_replace: MayReplace = never,
    draft_folder: Path | None = None,
) -> tuple[tuple[CarriedStream, ...], tuple[DroppedStream, ...]]:
    """Write `output`, of the picture in `segment`, which is as `picture` describes it and on the clock of
    `film`, and of the film's sound, packet by packet; say what became of each stream of sound.

    `computed` is what is said of computed colours. `may_replace` and `draft_folder` are those of `draft_of`.
    Raises what the latter does, MediaError, and OutputError for a name of no container.
    """
    container = container_of(output)
    kept = sound_for(film, output)
    dropped = tuple(
        DroppedStream(one, f"{container.name} cannot hold sound of the kind {one.codec}")
        for one in _sound(film)
        if one not in kept
    )
    draft = draft_of(output, may_replace=may_replace, folder=draft_folder)
    with writing(output), draft as part, open_film(film.path) as source:
        extra = {} if computed is None else {COMPUTED: computed}
        tags = place_tags({}, extra, container, has_cover=False)
        options = _options(film, container, source)
        with av.open(f"file:{part}", "w", format=container.muxer, options=options) as result:
            result.metadata.update(tags.tags)
            carried, places = _write(picture, segment, kept, film, source, result, container)
        if places:
            fill_places(part, places)
    return carried, dropped


def _sound(film: FilmInfo) -> Iterator[StreamInfo]:
    return (one for one in film.streams if one.kind == "audio")


def _options(film: FilmInfo, container: Container, source: InputContainer) -> dict[str, str]:
    if container is MATROSKA:
        return {"default_mode": "passthrough", "avoid_negative_ts": "disabled"}
    return {"movie_timescale": str(movie_timescale(film, source)), "movflags": "+faststart"}


def _write(
    picture: FilmInfo,
    segment: Path,
    kept: tuple[StreamInfo, ...],
    film: FilmInfo,
    source: InputContainer,
    result: OutputContainer,
    container: Container,
) -> tuple[tuple[CarriedStream, ...], list[Place]]:
    video, copier = _add_video(picture, segment, result), Copier(source, result, COMPLETE_FILM)
    rows, places = [], []
    for stream in kept:
        how = how_carried(stream, container) or ""
        rows.append(CarriedStream(stream, ADTS if has_adts(source.streams[stream.index]) else how))
        if is_decoded(stream, container):
            copier.add_samples(stream.index)
            continue
        lead = lead_of(film, stream.index) if container is MATROSKA else NO_LEAD
        delay_s = copier.add(stream.index, lead)
        places += [Place(delay_ns=round(delay_s * 10**9))] if delay_s else []
    result.start_encoding()
    pictures = _addressed(joined_packets(picture, [segment]), video)
    sound = _read(film, copier) if kept else iter(())
    for packet in heapq.merge(pictures, sound, key=_moment):
        result.mux_one(packet)
    return tuple(replace(row, lost=copier.lost(row.stream.index)) for row in rows), places


def _add_video(picture: FilmInfo, segment: Path, result: OutputContainer) -> VideoStream:
    with open_film(segment) as coded:
        stream = result.add_stream_from_template(picture_of(coded), opaque=True)
    stream.time_base = picture.time_base
    context = stream.codec_context
    context.framerate, context.sample_aspect_ratio = picture.frame_rate, picture.sample_aspect
    tag_colors(context, picture.color)
    return stream


def _addressed(packets: Iterator[Packet[Any]], video: VideoStream) -> Iterator[Packet[Any]]:
    for packet in packets:
        packet.stream = video
        yield packet


def _read(film: FilmInfo, copier: Copier) -> Iterator[Packet[Any]]:
    with reading(film.path):
        yield from copier.packets()


def _moment(packet: Packet[Any]) -> Fraction:
    ticks = packet.dts if packet.dts is not None else packet.pts or 0
    return ticks * packet.time_base
