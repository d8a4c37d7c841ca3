"""Takes the colour out of a film and keeps its sound: material to colorize and to compare with.

    python examples/grey_film.py INPUT OUTPUT [--frames N] [--width PX]

The sound is copied packet by packet; the picture is encoded again (H.264, neutral chroma).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer, OutputContainer


def even(length_px: float) -> int:
    """The nearest even length, which 4:2:0 asks for."""
    return 2 * round(length_px / 2)


def grey(frame: av.VideoFrame, width_px: int, height_px: int) -> av.VideoFrame:
    """The frame as `yuv420p` of the given even size, with every chroma sample 128."""
    planes = frame.reformat(width_px, height_px, "yuv420p").to_ndarray()
    planes[height_px:] = 128
    result = av.VideoFrame.from_ndarray(planes, "yuv420p")
    result.pts, result.time_base = frame.pts, frame.time_base
    return result


def add_picture(out: OutputContainer, source: av.VideoStream, width_px: int | None) -> av.VideoStream:
    options = {"crf": "20", "preset": "veryfast", "threads": "1"}
    stream = out.add_stream("libx264", rate=source.average_rate, options=options)
    assert isinstance(stream, av.VideoStream)
    stream.width = even(width_px or source.width)
    stream.height = even(stream.width * source.height / source.width)
    stream.pix_fmt = "yuv420p"
    stream.codec_context.time_base = source.time_base or Fraction(1, 90_000)
    return stream


def picture_packets(
    film: InputContainer, stream: av.VideoStream, frames: int | None
) -> Iterator[av.Packet[Any]]:
    for frame in islice(film.decode(video=0), frames):
        yield from stream.encode(grey(frame, stream.width, stream.height))
    yield from stream.encode(None)


def sound_packets(film: InputContainer, end_s: Fraction | None) -> Iterator[av.Packet[Any]]:
    """Every packet of sound that begins before `end_s`."""
    sounds = {stream.index for stream in film.streams.audio}
    for packet in film.demux():  # all streams: PyAV takes an empty choice for all, and a film may be silent
        is_early = end_s is None or (packet.pts or 0) * packet.time_base < end_s
        if packet.stream.index in sounds and packet.size and is_early:
            yield packet


def write_grey(source: Path, target: Path, *, frames: int | None = None, width_px: int | None = None) -> None:
    """Writes `target` with the first `frames` frames of `source` (all when None); overwrites it."""
    with av.open(str(source)) as film, av.open(str(target), "w") as out:
        picture = add_picture(out, film.streams.video[0], width_px)
        sounds = {s.index: out.add_stream_from_template(s) for s in film.streams.audio}
        out.mux(list(picture_packets(film, picture, frames)))
        rate = film.streams.video[0].average_rate
        end_s = frames / rate if frames and rate else None
        film.seek(0)
        for packet in sound_packets(film, end_s):
            packet.stream = sounds[packet.stream.index]
            out.mux(packet)


def main() -> None:
    parser = argparse.ArgumentParser(description="Takes the colour out of a film and keeps its sound.")
    parser.add_argument("input", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--frames", type=int, help="only the first N frames")
    parser.add_argument("--width", type=int, metavar="PX", help="scale to this width")
    given = parser.parse_args()
    write_grey(given.input, given.output, frames=given.frames, width_px=given.width)


if __name__ == "__main__":
    main()
