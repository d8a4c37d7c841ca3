"""AAC as broadcasts carry it: every packet begins with a header (ADTS, ISO/IEC 13818-7, 6.2).

The containers of results write those few facts once, for the complete stream; FFmpeg takes the headers off.
What is coded stays bit for bit.
"""

from __future__ import annotations

from av.audio.stream import AudioStream
from av.stream import Stream

ADTS = "copied, its ADTS headers written once"
_HEADER_BYTES, _CHECKSUM_BYTES = 7, 2
_SAMPLING_RATES = 13  # that have a number


def has_adts(stream: Stream) -> bool:
    """True for AAC that says what it is in each packet rather than once."""
    if not isinstance(stream, AudioStream) or stream.codec_context is None:
        return False
    return stream.codec_context.codec.canonical_name == "aac" and not stream.codec_context.extradata


def is_torn(payload: bytes | memoryview) -> bool:
    """True of a packet that has lost its beginning on the way: no decoder can tell what it is, and FFmpeg
    cannot take its header off. A frame that has lost its end is none."""
    if len(payload) < _HEADER_BYTES or payload[0] != 0xFF or payload[1] & 0xF6 != 0xF0:
        return True
    has_rate = payload[2] >> 2 & 15 < _SAMPLING_RATES
    return not has_rate or _frame_bytes(payload) < _HEADER_BYTES


def _frame_bytes(payload: bytes | memoryview) -> int:
    return (payload[3] & 3) << 11 | payload[4] << 3 | payload[5] >> 5


def header_bytes(payload: bytes | memoryview) -> int:
    """How long the ADTS header of a packet is, 0 where there is none (ISO/IEC 14496-3, 1.A.2.2.1).

    Twelve ones, layer 0, and a length that is the packet's; a checksum follows where the last bit of byte 1
    is 0.
    """
    if len(payload) < _HEADER_BYTES or payload[0] != 0xFF or payload[1] & 0xF6 != 0xF0:
        return 0
    if _frame_bytes(payload) != len(payload):
        return 0
    has_no_checksum = payload[1] & 1
    return _HEADER_BYTES if has_no_checksum else _HEADER_BYTES + _CHECKSUM_BYTES
