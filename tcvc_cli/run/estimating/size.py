"""How large a result will be: its picture by samples from all over the film, and the streams beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from tcvc_cli.color.grade import UNCHANGED
from tcvc_cli.media.carry.containers import drops
from tcvc_cli.media.inspect.sizes import PacketSize, StreamSizes, picture_sizes, stream_sizes
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.write.encode import SegmentWriter, output_format
from tcvc_cli.media.write.encoders import encoder_of
from tcvc_cli.plan.takes import takes
from tcvc_cli.records import Shot
from tcvc_cli.run.estimating.places import Place
from tcvc_cli.run.film.paint import PaintedFrame, paint
from tcvc_cli.run.film.scan import Scan
from tcvc_cli.run.film.segments import ShotPlan, parts_of, segments_of
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.settings.film.decisions import Look

Sizes = Sequence[PacketSize]
_AROUND_FRAMES = 125  # to either side: as far as a group of pictures of the source may reach


def uncolored_sizes(plan: FilmPlan, places: Sequence[Place], folder: Path) -> tuple[Sizes, ...]:
    """Of every place, coded as it is: that is cheap, and most of what a picture takes is its luma."""
    return tuple(_coded(plan, place, folder / f"place-{number}.mkv") for number, place in enumerate(places))


def _coded(plan: FilmPlan, place: Place, path: Path) -> Sizes:
    film, target = plan.film, output_format(plan.film, plan.options.encoding)
    with SegmentWriter(path, film, plan.options.encoding) as writer:
        for frame in read_frames(film, place.piece.start, place.piece.stop):
            writer.write(paint(film, target, PaintedFrame(frame, None), UNCHANGED))
    return picture_sizes(path)


def picture_bytes(places: Sequence[Sizes], frames: int, keys: int) -> float:
    """Of a picture of so many `frames` like those of `places`, `keys` of them key frames, which take several
    times as much as the others do."""
    sizes = [one for sizes in places for one in sizes]
    key = fmean(one.size_bytes for one in sizes if one.is_key)
    others = [one.size_bytes for one in sizes if not one.is_key]
    other = fmean(others) if others else key
    return key * keys + other * (frames - keys)


def film_factor(source: Sequence[int], places: Sequence[Place], shots: Sequence[Shot]) -> float:
    """By how much the film's frames are larger than those of `places`, and of what is around them in their
    shots, in the source: what is hard to code there is so in the result. `source` are the bytes of each of
    the film's frames; 1 where they are not that."""
    first, stop = shots[0].start, shots[-1].stop
    if len(source) != stop - first:
        return 1.0
    near = list[int]()
    for place in places:
        shot, middle = shots[place.number - 1], (place.piece.start + place.piece.stop) // 2
        begin, end = max(shot.start, middle - _AROUND_FRAMES), min(shot.stop, middle + _AROUND_FRAMES)
        near += source[begin - first : end - first]
    return fmean(source) / fmean(near) if any(near) else 1.0


def color_factor(colored: Sequence[Sizes], uncolored: Sequence[Sizes]) -> float:
    """By how much colours make the same pieces larger."""
    return _total(colored) / _total(uncolored)


def _total(places: Sequence[Sizes]) -> int:
    return sum(one.size_bytes for sizes in places for one in sizes)


def key_frame_count(plan: FilmPlan, found: Scan) -> int:
    """At least one in each segment, and as many as the encoder's longest group of pictures asks for."""
    group = encoder_of(plan.options.encoding).gop_size
    shots = [
        ShotPlan(number, str(number), take, Look(), parts_of(plan, take))
        for number, take in enumerate(takes(found.shots), 1)
    ]
    return sum(-(-one.frame_count // group) for one in segments_of(shots))


def source_sizes(plan: FilmPlan, found: Scan) -> StreamSizes:
    """Of the part that is coloured, and of all that is carried beside it."""
    film = plan.film
    left = {film.video_index, *(one.stream.index for one in drops(film, plan.output))}
    carried = {one.index for one in film.streams} - left
    return stream_sizes(film.path, film.video_index, carried, found.start, found.stop)
