"""How many bytes packets take: of a coded picture, and of the streams beside it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from av.stream import AttachmentStream, Disposition

from tcvc_cli.media.failures import reading
from tcvc_cli.media.read.probe import demuxed, open_film


@dataclass(frozen=True, slots=True)
class PacketSize:
    """Of one coded frame."""

    size_bytes: int
    is_key: bool


@dataclass(frozen=True, slots=True)
class StreamSizes:
    """The bytes of each coded frame of a part, in the order in which they are shown, and of all that is
    `beside` them. Where packets are no frames, there are more or fewer than the part has."""

    frames: tuple[int, ...]
    beside: int


def picture_sizes(path: Path) -> tuple[PacketSize, ...]:
    """Of every packet of the first stream of a file of ours. Raises as `probe` does, and MediaError."""
    with reading(path), open_film(path) as container:
        packets = container.demux(container.streams[0])
        return tuple(PacketSize(one.size, one.is_keyframe) for one in packets if one.size)


def stream_sizes(path: Path, video_index: int, others: Collection[int], start: int, stop: int) -> StreamSizes:
    """Of frames `[start, stop)` of the film's picture, and of the streams `others` meanwhile; covers and
    attachments count in every part. Raises as `probe` does, and MediaError."""
    once, frames, timed = 0, list[tuple[Fraction, int]](), list[tuple[Fraction | None, int]]()
    with reading(path), open_film(path) as container:
        chosen = [container.streams[index] for index in sorted({video_index, *others})]
        once += sum(len(one.data or b"") for one in chosen if isinstance(one, AttachmentStream))
        for packet in demuxed(container, *(one for one in chosen if not isinstance(one, AttachmentStream))):
            at_s = None if packet.pts is None else packet.pts * packet.time_base
            if packet.stream_index == video_index:
                frames += [(at_s or Fraction(0), packet.size)] if packet.size else []
            elif packet.stream.disposition & Disposition.attached_pic:
                once += packet.size
            else:
                timed.append((at_s, packet.size))
    frames.sort()
    first_s = frames[start][0] if 0 < start < len(frames) else None
    end_s = frames[stop][0] if stop < len(frames) else None
    beside = sum(
        size
        for at_s, size in timed
        if at_s is None or ((first_s is None or at_s >= first_s) and (end_s is None or at_s < end_s))
    )
    return StreamSizes(tuple(size for _, size in frames[start:stop]), once + beside)
