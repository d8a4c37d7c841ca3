"""Films with painted chroma in place of computed colour: the media room is tested without a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np

from tcvc_cli.media.carry.remux import remux
from tcvc_cli.media.planes import Frame
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.write.encode import SegmentWriter, luma_for_output, output_format
from tcvc_cli.records import COMPUTED, CarriedStream, DroppedStream, Encoding, FilmInfo

EXTRA_TAGS = {COMPUTED: "tcvc: the colour was computed"}


def painted(frame: Frame, film: FilmInfo, preset: str | Encoding) -> Frame:
    """The frame as the painter would hand it over: its own luma beside new chroma."""
    target = output_format(film, preset)
    size = target.chroma_shape(*frame.luma.shape)
    ramp = np.arange(size[0] * size[1]).reshape(size) * 7 + frame.number
    chroma = (ramp % 2**target.bit_depth).astype(np.uint8 if target.bit_depth == 8 else np.uint16)
    luma = luma_for_output(frame.luma, film.pixel_format, target)
    return replace(frame, luma=luma, cb=chroma, cr=chroma[::-1].copy())


def segments_of(
    film: FilmInfo, frames: Sequence[Frame], preset: str | Encoding, output: Path, cuts: Sequence[int] = ()
) -> list[Path]:
    """The frames in segments that begin at 0 and at `cuts`, beside `output`: RESULT.0.segment and so on."""
    segments = []
    for number, (start, stop) in enumerate(pairwise([0, *cuts, len(frames)])):
        segments.append(output.with_name(f"{output.stem}.{number}.segment"))
        with SegmentWriter(segments[-1], film, preset) as writer:
            for frame in frames[start:stop]:
                writer.write(frame)
    return segments


def joined(
    film: FilmInfo, frames: Sequence[Frame], preset: str | Encoding, output: Path, cuts: Sequence[int] = ()
) -> FilmInfo:
    """Write the frames in segments that begin at `cuts`, and join them to `output`."""
    remux(film, segments_of(film, frames, preset, output, cuts), output, extra_tags={})
    return probe(output)


def colored(
    film: FilmInfo,
    output: Path,
    cuts: Sequence[int] = (),
    preset: str | Encoding = "access",
    start_s: Fraction | None = None,
    end_s: Fraction | None = None,
) -> tuple[tuple[CarriedStream, ...], tuple[DroppedStream, ...]]:
    """The film, or its part, with painted frames in segments that begin at `cuts`, remuxed to `output`."""
    frames = [painted(f, film, preset) for f in read_frames(film) if is_within(film, f, start_s, end_s)]
    segments = segments_of(film, frames, preset, output, cuts)
    return remux(film, segments, output, start_s=start_s, end_s=end_s, extra_tags=EXTRA_TAGS)


def is_within(film: FilmInfo, frame: Frame, start_s: Fraction | None, end_s: Fraction | None) -> bool:
    """Whether a frame belongs to the part of the film from `start_s` to `end_s`."""
    seconds = frame.time.seconds - film.start_s
    return (start_s is None or seconds >= start_s) and (end_s is None or seconds < end_s)
