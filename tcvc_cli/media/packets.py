"""Fingerprints of packets, for proofs that a stream was carried bit for bit."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path

from av.stream import AttachmentStream

from tcvc_cli.media.probe import open_film

PacketHash = tuple[int | None, int | None, str]


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


def end_of_streams(path: Path) -> tuple[Fraction, ...]:
    """When the last packet of each stream ends, in seconds; 0 for a stream without packets."""
    with open_film(path) as container:
        ends = [Fraction(0)] * len(container.streams)
        for packet in container.demux():
            if packet.size and packet.pts is not None:
                end = (packet.pts + (packet.duration or 0)) * packet.time_base
                ends[packet.stream_index] = max(ends[packet.stream_index], end)
        return tuple(ends)
