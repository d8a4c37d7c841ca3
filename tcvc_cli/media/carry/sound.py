"""Sound that a container has no name for, as the samples that it decodes to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet

_PCM = {"u8": "pcm_u8", "s16": "pcm_s16le", "s32": "pcm_s32le", "flt": "pcm_f32le", "dbl": "pcm_f64le"}


class SoundConverter:
    """Adds a stream of plain samples to `result`; turns the packets of `source` into packets for it."""

    def __init__(self, source: AudioStream, result: OutputContainer) -> None:
        self._decoder = source.codec_context
        self._decoder.open(strict=False)  # so that the sample format is known
        stream = result.add_stream(_PCM[self._decoder.format.packed.name], rate=self._decoder.sample_rate)
        assert isinstance(stream, AudioStream)
        self.stream, self._encoder = stream, stream.codec_context
        self._encoder.layout = self._decoder.layout

    def convert(self, packet: Packet[Any] | None) -> Iterator[Packet[Any]]:
        """The samples of one packet, or what the decoder still holds when it is None."""
        for sound in self._decoder.decode(packet):
            yield from self._encoder.encode(sound)
