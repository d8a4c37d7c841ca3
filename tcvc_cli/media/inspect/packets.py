"""Fingerprints of packets, for proofs that a stream was carried bit for bit."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

from av.packet import Packet
from av.stream import AttachmentStream

from tcvc_cli.media.excerpt import COMPLETE_FILM, Excerpt, Moment
from tcvc_cli.media.failures import reading
from tcvc_cli.media.read.probe import demuxed, open_film
from tcvc_cli.media.structure.adts import has_adts, header_bytes, is_torn
from tcvc_cli.media.structure.priming import Hidden, left_out

PacketHash = tuple[int | None, int | None, str]


@dataclass(frozen=True, slots=True)
class PacketPrint:
    """One packet: when it is shown and for how long, in seconds, the SHA-256 of its payload, and how many
    of its decoded samples players leave out at its start and its end (priming and padding of sound).
    `has_adts`: it had a transport header of AAC, which does not count as payload."""

    start_s: Fraction | None
    length_s: Fraction
    payload_sha256: bytes
    left_out: tuple[int, int]
    has_adts: bool


def packet_prints(
    path: Path,
    indexes: Collection[int],
    excerpt: Excerpt = COMPLETE_FILM,
    skipped: Mapping[int, int] = MappingProxyType({}),
) -> Iterator[tuple[int, PacketPrint]]:
    """(stream, print) of every packet of the streams `indexes` in `excerpt`, in file order. Empty subtitles,
    with which MP4 fills its pauses, do not count, nor AAC that has lost its beginning, nor what an edit list
    hides: of each stream the first `skipped` packets, and all before a further piece. Raises as `probe` does,
    and MediaError."""
    with reading(path), open_film(path) as container:
        chosen = [container.streams[index] for index in sorted(indexes)]
        hidden = {one.index: Hidden(skipped.get(one.index, 0)) for one in chosen if one.type == "audio"}
        bare_aac = {one.index for one in chosen if has_adts(one)}
        for packet in demuxed(container, *chosen) if chosen else ():
            if not packet.size or is_pause(packet) or _is_hidden(packet, hidden):
                continue
            if packet.stream_index in bare_aac and is_torn(memoryview(packet)):
                continue
            moment = excerpt.moment(packet)
            if moment is not None:
                yield packet.stream_index, _print(packet, moment)


def _is_hidden(packet: Packet[Any], hidden: Mapping[int, Hidden]) -> bool:
    return packet.stream_index in hidden and hidden[packet.stream_index].hides(packet)


def _print(packet: Packet[Any], moment: Moment) -> PacketPrint:
    payload = memoryview(packet)
    head = header_bytes(payload) if getattr(packet.stream, "name", None) == "aac" else 0
    return PacketPrint(
        start_s=moment.start_s,
        length_s=moment.length_s,
        payload_sha256=hashlib.sha256(payload[head:]).digest(),
        left_out=left_out(packet),
        has_adts=head > 0,
    )


def is_pause(packet: Packet[Any]) -> bool:
    """True for an empty text, as MP4 has them between two subtitles."""
    return packet.size == 2 and bytes(packet) == b"\0\0" and packet.stream.type == "subtitle"


def packet_hashes(path: Path, stream_index: int) -> list[PacketHash]:
    """(pts, dts, sha256 of the payload in hex) of every packet of one stream, in file order.

    Times count in the stream's own time base. An attachment, which has no packets, counts as one without
    time. Raises as `probe` does.
    """
    with open_film(path) as container:
        stream = container.streams[stream_index]
        if isinstance(stream, AttachmentStream):
            return [(None, None, hashlib.sha256(stream.data).hexdigest())]
        return [
            (packet.pts, packet.dts, hashlib.sha256(packet).hexdigest())
            for packet in container.demux(stream)
            if packet.size
        ]
