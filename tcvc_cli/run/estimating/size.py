"""How large a result will be: its picture by samples from all over the film, and the streams beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean

from tcvc_cli.color.grade import UNCHANGED
from tcvc_cli.media.carry.containers import drops
from tcvc_cli.media.inspect.sizes import PacketSize, bytes_beside, picture_sizes
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.write.encode import SegmentWriter, output_format
from tcvc_cli.media.write.encoders import encoder_of
from tcvc_cli.plan.takes import takes
from tcvc_cli.run.estimating.places import Place
from tcvc_cli.run.film.paint import PaintedFrame, paint
from tcvc_cli.run.film.scan import Scan
from tcvc_cli.run.film.segments import parts_of
from tcvc_cli.run.plan import FilmPlan

Sizes = Sequence[PacketSize]


def uncolored_sizes(plan: FilmPlan, places: Sequence[Place], folder: Path) -> tuple[Sizes, ...]:
    """Of every place, coded as it is: that is cheap, and most of what a picture takes is its luma."""
    return tuple(_coded(plan, place, folder / f"place-{number}.mkv") for number, place in enumerate(places))


def _coded(plan: FilmPlan, place: Place, path: Path) -> Sizes:
    film, target = plan.film, output_format(plan.film, plan.options.encoding)
    with SegmentWriter(path, film, plan.options.encoding) as writer:
        for frame in read_frames(film, place.piece.start, place.piece.stop):
            writer.write(paint(film, target, PaintedFrame(frame, None), UNCHANGED))
    return picture_sizes(path)


def picture_bytes(places: Sequence[Sizes], color_factor: float, frames: int, keys: int) -> float:
    """Of a picture of so many `frames`, `keys` of them key frames, which take several times as much as the
    others do; `places` are uncoloured ones, and colours make them larger by `color_factor`."""
    sizes = [one for sizes in places for one in sizes]
    key = fmean(one.size_bytes for one in sizes if one.is_key)
    others = [one.size_bytes for one in sizes if not one.is_key]
    other = fmean(others) if others else key
    return color_factor * (key * keys + other * (frames - keys))


def color_factor(colored: Sequence[Sizes], uncolored: Sequence[Sizes]) -> float:
    """By how much colours make the same pieces larger."""
    return _total(colored) / _total(uncolored)


def _total(places: Sequence[Sizes]) -> int:
    return sum(one.size_bytes for sizes in places for one in sizes)


def key_frame_count(plan: FilmPlan, found: Scan) -> int:
    """At least one in each segment, and as many as the encoder's longest group of pictures asks for."""
    group = encoder_of(plan.options.encoding).gop_size
    return sum(-(-frames // group) for frames in _segment_lengths(plan, found))


def _segment_lengths(plan: FilmPlan, found: Scan) -> Iterator[int]:
    for take in takes(found.shots):
        dissolve = take.shot.dissolve
        yield len(dissolve) if dissolve else 0
        for part in parts_of(plan, take):
            start = min(max(part.start, take.pure.start), take.pure.stop)
            yield max(start, min(part.stop, take.pure.stop)) - start


def carried_bytes(plan: FilmPlan, found: Scan) -> float:
    """Of all that is carried beside the picture, in the part that is coloured."""
    film = plan.film
    left = {film.video_index, *(one.stream.index for one in drops(film, plan.output))}
    carried = {one.index for one in film.streams} - left
    return bytes_beside(film.path, carried, float((found.stop - found.start) / film.frame_rate))
