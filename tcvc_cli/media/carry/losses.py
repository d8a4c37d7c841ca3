"""What was written about the streams of a film and does not stand in its result: read from both files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from av.container import InputContainer
from av.stream import Disposition, Stream

from tcvc_cli.color.matrix import completed
from tcvc_cli.errors import StreamNotCarried
from tcvc_cli.media.carry.containers import MATROSKA, Container
from tcvc_cli.media.carry.copying import is_of_the_file
from tcvc_cli.media.carry.matroska.lost import lost_of_matroska
from tcvc_cli.media.carry.tags import FILE_OWN
from tcvc_cli.media.read.probe import film_stream, first_picture, open_film, probe, stream_info
from tcvc_cli.media.read.side_data import ALPHA, in_order, is_safe_to_ask, kinds_of
from tcvc_cli.media.shape.y4m import says_siting
from tcvc_cli.media.structure.cropping import has_clean_aperture, matroska_crop
from tcvc_cli.media.structure.languages import same_language
from tcvc_cli.media.structure.matroska_tracks import languages, says_more
from tcvc_cli.media.timecode.stated import TAG
from tcvc_cli.media.xmp.facts import keeps
from tcvc_cli.media.xmp.places import xmp_of
from tcvc_cli.records import CarriedStream, DroppedStream, FilmInfo, Findings

_ALPHA_BESIDE = "alpha_mode"  # of VP8 and VP9 in Matroska, whose decoder here does not see it
_SHOWN = ("video", "audio", "subtitle")
_NOT_MARKS = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image


def with_losses(
    film: FilmInfo,
    carried: Sequence[CarriedStream],
    source: InputContainer,
    part: Path,
    *,
    is_cut: bool,
    findings: Findings | None = None,
) -> tuple[CarriedStream, ...]:
    """The rows of `carried`, each with what its stream lost in the result `part`. Without `findings` the
    film's first frame speaks for all.

    What belongs to the film itself, its tags and its chapters, is counted with the picture. Chapters of a
    film that was cut are not compared, nor is its timecode, which is another.
    """
    made = probe(part)
    tags, kept_tags = languages(film), languages(made)
    moved = (TAG,) if is_cut else ()
    with open_film(part) as result:
        copies = {kind: _of_kind(result, kind) for kind in _SHOWN}
        rows = []
        for row in carried:
            lost = list(row.lost)
            if row.stream.kind in _SHOWN and not row.stream.is_picture:
                copy = next(copies[row.stream.kind])
                lost += _lost_of_stream(source.streams[row.stream.index], copy, moved)
                lost += _lost_language(tags.get(row.stream.index), kept_tags.get(copy.index))
            if row.stream.is_picture and "matroska" not in made.container:
                lost += ["tag title"] if row.stream.title else []
            if row.stream.index == film.video_index:
                kept = {**_codes(result), **result.metadata}
                lost += _lost_tags(source.metadata, kept, (*FILE_OWN, *moved))
                lost += _lost_looks(film, made)
                lost += _lost_in_frames(film, part, findings)
                lost += [] if is_cut else _lost_chapters(source, result)
                lost += lost_of_matroska(film, part)
                lost += [ALPHA] if source.streams[film.video_index].metadata.get(_ALPHA_BESIDE) == "1" else []
            rows.append(replace(row, lost=tuple(lost)))
        return tuple(rows)


def lost_unseen(
    film: FilmInfo, container: Container, lost_credentials: tuple[str, ...]
) -> tuple[CarriedStream, ...]:
    """The picture, with what `container` has no place for whatever the film's streams are."""
    lost = ("XMP",) if container is MATROSKA and xmp_of(film) else ()
    return (CarriedStream(film.streams[film.video_index], "coloured", (*lost, *lost_credentials)),)


def refuse_losses(output: Path, carried: Sequence[CarriedStream], dropped: Sequence[DroppedStream]) -> None:
    """Raises StreamNotCarried, naming the first loss, when there is one."""
    losses = [f"stream {row.stream.index}: {row.why}" for row in dropped]
    losses += [f"stream {row.stream.index} loses {', '.join(row.lost)}" for row in carried if row.lost]
    if losses:
        more = f", and {len(losses) - 1} more" if len(losses) > 1 else ""
        advice = "Leave out {is_strict}." if output.suffix == ".mkv" else None
        raise StreamNotCarried(f"{output.name}: {losses[0]}{more}", advice)


def _of_kind(result: InputContainer, kind: str) -> Iterator[Stream]:
    infos = [(stream, stream_info(stream)) for stream in result.streams]
    return iter([stream for stream, info in infos if info.kind == kind and not info.is_picture])


def _lost_of_stream(stream: Stream, copy: Stream, moved: Sequence[str]) -> list[str]:
    before, after = stream.metadata, copy.metadata
    lost = []
    if not same_language(before.get("language"), after.get("language")):
        lost.append(f"language {before['language']}" if "language" in before else "no language")
    marks = [mark for mark in Disposition if mark & stream.disposition & ~copy.disposition & ~_NOT_MARKS]
    lost += [f"mark {mark.name}" for mark in marks]
    own = [key.lower() for key in before if is_of_the_file(key) or key in ("language", "handler_name")]
    return lost + _lost_tags(before, after, [*own, *moved])


def _codes(result: InputContainer) -> dict[str, str]:
    """The timecodes of its streams, which stand there for that of the file."""
    tags = (pair for stream in result.streams for pair in stream.metadata.items())
    return {f"{key} {number}": value for number, (key, value) in enumerate(tags) if key.lower() == TAG}


def _lost_language(tag: str | None, kept: str | None) -> list[str]:
    return [f"language {tag}"] if says_more(tag) and tag != kept else []


def _lost_tags(before: Mapping[str, str], after: Mapping[str, str], own: Sequence[str]) -> list[str]:
    """A tag is kept when its words stand anywhere among the tags of the result."""
    kept = "\n".join(after.values())
    return [f"tag {key}" for key, value in before.items() if key.lower() not in own and value not in kept]


def _lost_looks(film: FilmInfo, result: FilmInfo) -> Iterator[str]:
    """Not the size or the planes, of which the run is sure, but how players are told to show them."""
    before, after = film.color, result.color
    if before.full_range != after.full_range:
        yield "full range" if before.full_range else "limited range"
    full = completed(before, height_px=film.height_px)
    kinds = [(one.primaries, one.transfer) for one in (before, full, after)]
    if kinds[2] not in kinds[:2]:
        yield f"primaries {before.primaries} and transfer {before.transfer}"
    if after.matrix not in (before.matrix, full.matrix):
        yield f"matrix {before.matrix}"
    if matroska_crop(film) != matroska_crop(result):
        yield "cropping"
    if has_clean_aperture(film) and not has_clean_aperture(result):
        yield "clean aperture"
    if says_siting(film) and film.siting != result.siting and result.pixel_format.chroma_shift_y:
        yield f"chroma siting {film.siting}"
    if not keeps(xmp_of(film), xmp_of(result)):
        yield "XMP"
    if film.sample_aspect != result.sample_aspect:
        yield f"sample aspect {film.sample_aspect}"


def _lost_in_frames(film: FilmInfo, part: Path, findings: Findings | None) -> Iterator[str]:
    """What came with frames rather than with the film."""
    kinds = _first_kinds(film.path) if findings is None else findings.side_data
    yield from in_order(set(kinds) - set(_first_kinds(part)))
    yield from findings.losses if findings is not None else ()


def _first_kinds(path: Path) -> frozenset[str]:
    """Of the side data that comes with the first frame."""
    with open_film(path) as source:
        stream = film_stream(source, path)
        first = first_picture(source, stream)
        is_safe = is_safe_to_ask(stream.codec_context.codec.canonical_name)
        return frozenset() if first is None or not is_safe else kinds_of(first)


def _lost_chapters(source: InputContainer, result: InputContainer) -> list[str]:
    before, after = ([one["metadata"].get("title") for one in film.chapters()] for film in (source, result))
    return [] if before == after else [f"{len(before)} chapters became {len(after)}, or lost their names"]
