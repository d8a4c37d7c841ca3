"""The picture in which an edit list begins: its first part is hidden, its last part is shown.

FFmpeg leaves all of it out and shows everything behind it too early, beside sound that is trimmed to
the sample. Where each picture is coded by itself, as editing programs like it, it can be shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from av.packet import Packet
from av.video.stream import VideoStream


def with_first_shown(
    stream: VideoStream, packets: Iterable[Packet[Any]], *, is_from_start: bool = True
) -> Iterator[Packet[Any]]:
    """The packets, those of `stream` with the picture in which its edit list begins shown for as long as it
    is, and the others behind it. Not `is_from_start`: that picture is not among them."""
    shown = _shown_ticks(stream)
    is_first = is_from_start
    for packet in packets:
        if shown and packet.stream_index == stream.index and packet.pts is not None:
            if is_first:
                yield _shown(packet, shown)
            else:
                packet.pts, packet.dts = packet.pts + shown, packet.pts + shown
                yield packet
            is_first = False
        else:
            yield packet


def stated_end(stream: VideoStream) -> int | None:
    """When the last picture of `stream` is over, in its ticks, as the container says; None where it does not.

    A length counts from the first picture. Where MP4's edit list leaves pictures out, FFmpeg gives the length
    of the list, and that counts from 0: a pause before the film is part of it.
    """
    if stream.duration is None:
        return None
    is_cut = "mp4" in stream.container.format.name and 0 < len(stream.index_entries) < stream.frames
    return stream.duration + (0 if is_cut else stream.start_time or 0)


def _shown_ticks(stream: VideoStream) -> int:
    """For how long the first picture is shown, where it is hidden but for its end; else 0. As long as the
    edit is longer than the pictures behind it, at most a whole picture."""
    context = stream.codec_context
    if context is None or not context.codec.intra_only or stream.duration is None:
        return 0
    entries = stream.index_entries
    if len(entries) < 3 or not entries[0].is_discard or entries[1].is_discard:
        return 0
    first, second, before_last, last = (entries[at].timestamp for at in (0, 1, -2, -1))
    end = last + (last - before_last)
    left = (stated_end(stream) or 0) - end
    return left if 0 < left < second - first else second - first


def _shown(packet: Packet[Any], ticks: int) -> Packet[Any]:
    """The same picture without the mark that hides it, shown where the one behind it was."""
    copy: Packet[Any] = Packet(bytes(packet))
    copy.stream, copy.time_base, copy.is_keyframe = packet.stream, packet.time_base, True
    copy.pts = copy.dts = (packet.pts or 0) + (packet.duration or 0)
    copy.duration = ticks
    return copy
