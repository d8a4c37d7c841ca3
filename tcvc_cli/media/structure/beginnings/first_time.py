"""When a film begins whose first pictures have no time, as in program streams cut anywhere."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import islice
from typing import Any

from av.packet import Packet
from av.video.stream import VideoStream

_PACKETS = 4096  # of all streams, in which a time is looked for
_REORDERED = 17  # pictures that a codec may show in another order than they come in


def begins_at(stream: VideoStream, packets: Iterable[Packet[Any]], step: Fraction) -> int:
    """In ticks of `stream`: as many `step`s before the first time that any picture has as there are pictures
    before it; where none has a time, when the file says that the stream begins; else 0. A `step` is the usual
    length of a picture, `packets` are the film's from its first on."""
    pictures = (one for one in islice(packets, _PACKETS) if one.size and one.stream_index == stream.index)
    for without, picture in enumerate(pictures):
        if picture.pts is not None:
            rest = [one.pts for one in islice(pictures, _REORDERED - 1)]
            times = [picture.pts, *(one for one in rest if one is not None)]
            return min(times) - round((without + rest.count(None)) * step)
    return stream.start_time or 0
