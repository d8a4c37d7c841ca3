"""A finished film taken apart again: its packets as the segments that it was joined from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

from av.packet import Packet
from av.stream import Stream

from tcvc_cli.errors import MediaError
from tcvc_cli.files import always, draft_of
from tcvc_cli.media.failures import reading, writing
from tcvc_cli.media.read.probe import film_stream, open_film
from tcvc_cli.media.write.encode import SEGMENT_TICK, open_segment


@dataclass(frozen=True, slots=True)
class Cutting:
    """The next `frame_count` frames of a film become the segment `file`, or are passed over where that is
    None. `first_pts` is the time of the first of them in the film that was coloured, in its own ticks."""

    frame_count: int
    first_pts: int
    file: Path | None


def split(result: Path, cuttings: Sequence[Cutting], time_base: Fraction, moved_s: Fraction) -> None:
    """Writes the segments that `result` was joined from, whose groups of pictures are closed; `time_base` is
    that of the film that was coloured, which shows everything `moved_s` seconds later than the result does.
    Each file has its name only when it is complete.

    Raises MediaError where the film holds other frames than that, and what `draft_of` does.
    """
    with reading(result), open_film(result) as container:
        stream = film_stream(container, result)
        packets = (packet for packet in container.demux(stream) if packet.size)
        for cutting in cuttings:
            group = list(islice(packets, cutting.frame_count))
            if not _is_it(cutting, group, stream, time_base, moved_s):
                raise MediaError(f"{result.name} does not hold the frames that its sidecar states")
            if cutting.file is not None:
                _write(cutting, group, stream, time_base)
        if next(packets, None) is not None:
            raise MediaError(f"{result.name} holds more frames than its sidecar states")


def _is_it(
    cutting: Cutting, group: Sequence[Packet[Any]], stream: Stream, time_base: Fraction, moved_s: Fraction
) -> bool:
    """As far as can be seen: times are rounded to the result's ticks."""
    if len(group) < cutting.frame_count or not group[0].is_keyframe:
        return False
    assert stream.time_base is not None
    shown_s = min(_ticks(packet.pts) for packet in group) * stream.time_base
    return abs(shown_s + moved_s - cutting.first_pts * time_base) <= stream.time_base


def _write(cutting: Cutting, group: Sequence[Packet[Any]], stream: Stream, time_base: Fraction) -> None:
    """A segment counts in ticks of the film; those of the result may be others, but no coarser than what it
    was told."""
    assert cutting.file is not None
    assert stream.time_base is not None
    per_tick = stream.time_base / time_base
    first = min(_ticks(packet.pts) for packet in group)
    draft = draft_of(cutting.file, may_replace=always, folder=cutting.file.parent)
    coding = stream.codec_context.codec.canonical_name
    with draft as part, writing(part), open_segment(part, coding, cutting.first_pts) as container:
        copy = container.add_stream_from_template(stream, opaque=True)
        copy.time_base = SEGMENT_TICK
        for packet in group:
            end = _ticks(packet.pts) + (packet.duration or 0)
            pts = round((_ticks(packet.pts) - first) * per_tick)
            packet.dts, packet.duration = None, round((end - first) * per_tick) - pts
            packet.pts, packet.time_base, packet.stream = pts, SEGMENT_TICK, copy
            container.mux_one(packet)


def _ticks(time: int | None) -> int:
    if time is None:
        raise MediaError("the result holds a frame without a time")
    return time
