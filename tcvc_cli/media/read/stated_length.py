"""How long a film lasts as its container says."""

from __future__ import annotations

from fractions import Fraction

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from tcvc_cli.media.failures import reading
from tcvc_cli.media.read.probe import demuxed, is_bare, open_film
from tcvc_cli.media.structure.edit_list_start import stated_end
from tcvc_cli.records import FilmInfo

TRUSTED_GAP_S = Fraction(1)  # an end that is earlier than the header's by less is nobody's loss
_CLAIMANTS = ("flv", "live_flv")


def stated_end_s(container: InputContainer, stream: VideoStream) -> Fraction | None:
    """When the last picture of `stream` is over, by the clock of the file, as the container says of this
    stream; None where it does not."""
    tag = next((v for k, v in stream.metadata.items() if k.startswith("DURATION")), None)
    if tag is not None and "matroska" in container.format.name:  # elsewhere it is of an earlier file
        return seconds_of(tag)
    end = stated_end(stream)
    return None if end is None or stream.time_base is None else end * stream.time_base


def stated_file_end_s(container: InputContainer) -> Fraction:
    """The same of the file itself; 0 where it says nothing."""
    return Fraction((container.start_time or 0) + (container.duration or 0), av.time_base)


def counts_held_pictures(container: InputContainer) -> bool:
    """True where a container states its streams' lengths with that of their last picture."""
    return "matroska" in container.format.name or "mp4" in container.format.name


def is_mere_claim(container: InputContainer) -> bool:
    """True where a length in the header is no more than what a recorder meant to write, or is guessed from
    the bit rate."""
    return container.format.name in _CLAIMANTS or is_bare(container)


def overstated(film: FilmInfo) -> tuple[Fraction, Fraction] | None:
    """(when the film ends as its header says, when its last packet does), in seconds, for a header that is a
    mere claim and more than a second off; else None."""
    if film.container not in _CLAIMANTS:
        return None
    with reading(film.path), open_film(film.path) as container:
        packets = (packet for packet in demuxed(container) if packet.size)
        ends = (((one.pts or 0) + (one.duration or 0)) * one.time_base for one in packets)
        stated_s, end_s = stated_file_end_s(container), max(ends, default=Fraction(0))
    return (stated_s, end_s) if stated_s > end_s + TRUSTED_GAP_S else None


def seconds_of(clock: str) -> Fraction:
    """Seconds of a Matroska duration tag, "HH:MM:SS.nnnnnnnnn"; 0 when it is anything else."""
    try:
        hours, minutes, seconds = clock.split(":")
        return int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)
    except (ValueError, ZeroDivisionError):
        return Fraction(0)
