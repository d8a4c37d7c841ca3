"""How many bytes packets take: of a coded picture, and of the streams beside it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from av.packet import Packet
from av.stream import AttachmentStream, Disposition

from tcvc_cli.media.failures import reading
from tcvc_cli.media.read.probe import demuxed, open_film

_MOST_S = 120  # of film time; a stream's rate hardly changes after that, and files may be large


@dataclass(frozen=True, slots=True)
class PacketSize:
    """Of one coded frame."""

    size_bytes: int
    is_key: bool


def picture_sizes(path: Path) -> tuple[PacketSize, ...]:
    """Of every packet of the first stream of a file of ours. Raises as `probe` does, and MediaError."""
    with reading(path), open_film(path) as container:
        packets = container.demux(container.streams[0])
        return tuple(PacketSize(one.size, one.is_keyframe) for one in packets if one.size)


def bytes_beside(path: Path, indexes: Collection[int], length_s: float) -> float:
    """What the streams `indexes` take in `length_s` seconds of the film, by its first two minutes. Covers and
    attachments count once. Raises as `probe` does, and MediaError."""
    once, timed, span_s, first_s = 0, 0, 0.0, None
    with reading(path), open_film(path) as container:
        chosen = [container.streams[index] for index in sorted(indexes)]
        attached = [one for one in chosen if isinstance(one, AttachmentStream)]
        once += sum(len(one.data or b"") for one in attached)
        others = [one for one in chosen if not isinstance(one, AttachmentStream)]
        for packet in demuxed(container, *others) if others else ():
            if packet.stream.disposition & Disposition.attached_pic:
                once += packet.size
                continue
            timed += packet.size
            at_s = _start_s(packet)
            if at_s is not None:
                first_s = at_s if first_s is None else min(first_s, at_s)
                span_s = max(span_s, at_s + _length_s(packet) - first_s)
            if span_s > _MOST_S:
                break
    return once + (timed * length_s / span_s if span_s > 0 else timed)


def _start_s(packet: Packet[Any]) -> float | None:
    return None if packet.pts is None else float(packet.pts * packet.time_base)


def _length_s(packet: Packet[Any]) -> float:
    return float((packet.duration or 0) * packet.time_base)
