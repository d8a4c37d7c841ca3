"""What FFmpeg's muxers are told about a result as a whole."""

from __future__ import annotations

import math

from av.container import InputContainer

from tcvc_cli.color.matrix import UNSPECIFIED
from tcvc_cli.media.carry.containers import MATROSKA, Container
from tcvc_cli.media.carry.tags import PlacedTags
from tcvc_cli.records import ColorTags, FilmInfo

_LARGEST_TIMESCALE = 2**31


def muxer_options(
    film: FilmInfo, container: Container, tags: PlacedTags, source: InputContainer
) -> dict[str, str]:
    if container is not MATROSKA:
        options = {"movie_timescale": str(movie_timescale(film, source))} | dict(tags.options)
        if _is_stated_in_part(film.color):
            options["movflags"] = options.get("movflags", "") + "+write_colr"
        return options
    # No track is called default that was not, and sound that starts a little before 0, as AAC in MP4
    # does, does not push everything else to later.
    return {"default_mode": "passthrough", "avoid_negative_ts": "disabled"}


def movie_timescale(film: FilmInfo, source: InputContainer) -> int:
    """Ticks a second in which starts and lengths of all tracks are whole: of the picture, then of sound
    (whose padding is what its length leaves out), then of the others, as far as 31 bits go."""
    ticks = film.time_base.denominator
    rates = [stream.rate for stream in source.streams.audio if stream.codec_context is not None]
    bases = [stream.time_base.denominator for stream in source.streams if stream.time_base]
    for wanted in (*rates, *bases):
        both = math.lcm(ticks, wanted or 1)
        ticks = both if both < _LARGEST_TIMESCALE else ticks
    return ticks * -(-1000 // ticks)


def _is_stated_in_part(color: ColorTags) -> bool:
    """By itself FFmpeg writes these tags only where there are all three."""
    return 0 < (color.primaries, color.transfer, color.matrix).count(UNSPECIFIED) < 3
