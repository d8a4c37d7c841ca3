"""Films through pipes: telling what comes, keeping it on disk, sending a finished film on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from io import RawIOBase
from pathlib import Path
from typing import Any, BinaryIO

import av
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.stream import VideoStream

from tcvc_cli.errors import EmptyFilm, NotAFilm
from tcvc_cli.files import while_writing
from tcvc_cli.media.failures import writing
from tcvc_cli.media.read.probe import open_film, probe
from tcvc_cli.media.shape.y4m import WithShape, not_stated, says_siting
from tcvc_cli.media.write.encode import tag_colors
from tcvc_cli.records import FilmInfo, PipeFormat

_CHUNK_BYTES = 2**20
_TS_PACKET_BYTES = 188
HEAD_BYTES = 4 * _TS_PACKET_BYTES
"""By so many bytes each of the formats is known."""
_SUFFIXES = {b"YUV4MPEG2 ": ".y4m", b"nut/multimedia container\0": ".nut", b"\x1a\x45\xdf\xa3": ".mkv"}


def spool(stream: BinaryIO, folder: Path) -> Path:
    """All that comes through `stream` as a file in `folder`, with the suffix of what it is.

    Raises EmptyFilm when nothing comes, NotAFilm for anything but y4m, nut, matroska and mpegts, DiskFull.
    """
    head = stream.read(_CHUNK_BYTES)
    path = folder / f"stdin{suffix_of(head)}"
    with writing(path), path.open("wb") as file:
        while head:
            file.write(head)
            head = stream.read(_CHUNK_BYTES)
    return path


def suffix_of(head: bytes) -> str:
    """Of a film that begins so. Raises EmptyFilm or NotAFilm."""
    if not head:
        raise EmptyFilm("nothing came through stdin", "See whether the program before it failed.")
    for magic, suffix in _SUFFIXES.items():
        if head.startswith(magic):
            return suffix
    packets = head[:HEAD_BYTES]
    if len(packets) > 2 * _TS_PACKET_BYTES and set(packets[::_TS_PACKET_BYTES]) == {0x47}:
        return ".ts"
    raise NotAFilm("what came through stdin is none of y4m, nut, matroska and mpegts", "Use one of those.")


def format_like(path: Path) -> PipeFormat:
    """y4m for y4m, nut for nut, matroska for everything else."""
    like: dict[str, PipeFormat] = {".y4m": "y4m", ".nut": "nut"}
    return like.get(path.suffix.lower(), "matroska")


def send(result: Path, film: FilmInfo, handle: int, kind: PipeFormat) -> tuple[str, ...]:
    """Write the finished film `result` to the open file `handle`; what is left out, for people.

    y4m holds the picture alone, at a steady rate; nut holds picture and sound. What is said of the picture is
    what `result` says; `film` is what it was made from. Raises what `sending` does.
    """
    with sending():
        if kind == "matroska":
            with result.open("rb") as file, open(handle, "wb", buffering=0, closefd=False) as out:
                while chunk := file.read(_CHUNK_BYTES):
                    _write_all(out, chunk)
            return ()
        with open_film(result) as source:
            shown = replace(probe(result), frame_rate=film.frame_rate, siting=film.siting)
            send_as = _send_pictures if kind == "y4m" else _send_nut
            return send_as(source, shown, handle)


@contextmanager
def sending() -> Iterator[None]:
    """While something is written to stdout. Raises BrokenPipeError when the reader goes away, DiskFull,
    OutputError or MediaError."""
    try:
        yield
    except BrokenPipeError:
        raise
    except (FFmpegError, OSError) as error:
        raise while_writing(Path("stdout"), error) from error


def _write_all(out: RawIOBase, data: bytes) -> None:
    """Nothing is held back, so that nothing is left to fail when it is closed."""
    rest = memoryview(data)
    while len(rest):
        rest = rest[out.write(rest) or 0 :]


def _send_pictures(source: InputContainer, film: FilmInfo, handle: int) -> tuple[str, ...]:
    video = source.streams.video[0]
    with (
        open(handle, "wb", closefd=False) as pipe,
        av.open(WithShape(pipe, film), "w", format="yuv4mpegpipe", options={"strict": "-1"}) as out,
    ):
        assert video.codec_context.pix_fmt is not None
        stream = add_pictures(out, film, (video.width, video.height), video.codec_context.pix_fmt)
        for number, picture in enumerate(source.decode(video)):
            picture.pts, picture.time_base = number, Fraction(1 / film.frame_rate)
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    layout = video.codec_context.pix_fmt
    return (*_left_out(source, {video.index}), *not_stated(film, layout))


def add_pictures(
    out: OutputContainer, film: FilmInfo, size_px: tuple[int, int], pixel_format: str
) -> VideoStream:
    """A stream for y4m, whose packets are the pictures themselves, at the film's rate."""
    stream = out.add_stream("wrapped_avframe", rate=film.frame_rate)
    assert isinstance(stream, VideoStream)
    context = stream.codec_context
    context.width, context.height = size_px
    context.pix_fmt = pixel_format
    context.sample_aspect_ratio = film.sample_aspect
    tag_colors(context, film.color)
    return stream


def _send_nut(source: InputContainer, film: FilmInfo, handle: int) -> tuple[str, ...]:
    kept = {stream.index for stream in (*source.streams.video[:1], *source.streams.audio)}
    with av.open(f"pipe:{handle}", "w", format="nut") as out:
        for packet in _copied(source, out, kept):
            out.mux_one(packet)
    is_silent = source.streams.video[0].codec_context.name == "ffv1"  # on where chroma stands, as is nut
    siting = [f"chroma siting {film.siting}"] if is_silent and says_siting(film) else []
    return (*_left_out(source, kept), *siting)


def _copied(source: InputContainer, out: OutputContainer, kept: set[int]) -> Iterator[Packet[Any]]:
    copies = {index: out.add_stream_from_template(source.streams[index], opaque=True) for index in kept}
    for index, copy in copies.items():
        copy.metadata.update(source.streams[index].metadata)
    for packet in source.demux():
        if packet.size and packet.stream.index in copies:
            packet.stream = copies[packet.stream.index]
            yield packet


def _left_out(source: InputContainer, kept: set[int]) -> tuple[str, ...]:
    return tuple(f"#{one.index} {one.type}" for one in source.streams if one.index not in kept)
