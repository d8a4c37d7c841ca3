"""AAC as broadcasts carry it: every packet begins with a header (ADTS, ISO/IEC 13818-7, 6.2).

The containers of results write those few facts once, for the whole stream; FFmpeg takes the headers off.
What is coded stays bit for bit.
"""

from __future__ import annotations

from av.audio.stream import AudioStream
from av.stream import Stream

ADTS = "copied, its ADTS headers written once"
_HEADER_BYTES, _CHECKSUM_BYTES = 7, 2


def has_adts(stream: Stream) -> bool:
    """True for AAC that says what it is in each packet rather than once."""
    is_aac = isinstance(stream, AudioStream) and stream.codec_context.codec.canonical_name == "aac"
    return is_aac and not stream.codec_context.extradata


def without_adts(payload: bytes) -> bytes:
    """The payload behind its header; as it is when it has none."""
    if len(payload) < _HEADER_BYTES or payload[0] != 0xFF or payload[1] & 0xF6 != 0xF0:
        return payload
    has_no_checksum = payload[1] & 1
    return payload[_HEADER_BYTES if has_no_checksum else _HEADER_BYTES + _CHECKSUM_BYTES :]
