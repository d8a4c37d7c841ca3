"""Text subtitles rewritten from one container's form to another's; words and times are kept."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from av.container import OutputContainer
from av.packet import Packet
from av.subtitles.stream import SubtitleStream

_MILLISECOND = Fraction(1, 1000)


class SubtitleConverter:
    """Adds a stream of `codec` to `result` and turns the packets of `source` into packets for it."""

    def __init__(self, source: SubtitleStream, result: OutputContainer, codec: str) -> None:
        stream = result.add_stream(codec)
        assert isinstance(stream, SubtitleStream)
        self.stream = stream
        self._decoder, self._encoder = source.codec_context, stream.codec_context
        self._decoder.open(strict=False)  # so that it knows the header with the styles
        self._encoder.subtitle_header = self._decoder.subtitle_header
        self._encoder.time_base = _MILLISECOND
        stream.time_base = source.time_base

    def convert(self, packet: Packet[Any] | None) -> Iterator[Packet[Any]]:
        """One packet in, one out, or none where the packet holds no text (a pause in MP4)."""
        subtitle = None if packet is None else self._decoder.decode2(packet)
        if packet is None or subtitle is None or len(subtitle) == 0:
            return
        converted: Packet[Any] = self._encoder.encode_subtitle(subtitle)
        converted.time_base = packet.time_base
        converted.pts, converted.dts, converted.duration = packet.pts, packet.pts, packet.duration
        yield converted
