"""What the boxes of an MP4 or QuickTime result say beside what FFmpeg shows of them: nothing that misleads
those who read them otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Final

from tcvc_cli.measure.proof.checks import SECOND_READING, Check, judged
from tcvc_cli.media.inspect.description import Contents, StreamContents
from tcvc_cli.media.witness.iso import IsoMovie, IsoTrack, iso_movie, iso_tracks

_USUAL_BITS: Final = (16, 20, 24, 32)  # muxers write one of these whatever the coding
_USUAL_CHANNELS: Final = 2  # likewise
_USUAL_RATE, _USUAL_VOLUME = 1 << 16, 1 << 8
_LAST_HZ: Final = 1 << 16  # more does not fit
_STEP_NS: Final = 1_000_000


def checks_of_boxes(before: Contents, after: Contents, pairs: Mapping[int, int]) -> Iterator[Check]:
    """One row for the tracks and one for the chapters that are listed beside their track. `pairs`: which
    stream of the result is which of the original's."""
    originals = iso_tracks(before.film.path) if "mp4" in before.film.container else ()
    movie, results = iso_movie(after.film.path), iso_tracks(after.film.path)
    faults = list(_of_movie(movie))
    for here, there in {before.film.video_index: after.film.video_index, **pairs}.items():
        if there < len(results):
            one = originals[here] if here < len(originals) else None
            stream = before.streams[here]
            faults += [f"#{here} {fault}" for fault in _of_track(stream, one, results[there])]
            if here == before.film.video_index:
                faults += _of_picture(after, one, results[there])
    yield judged(f"{SECOND_READING}tracks", faults, f"{len(results)} tracks")
    if movie.chapters is not None:
        yield _of_chapters(movie.chapters, after)


def _of_movie(movie: IsoMovie) -> Iterator[str]:
    if movie.rate not in (None, 0, _USUAL_RATE):
        yield f"the film is to be shown at {Fraction(movie.rate or 0, _USUAL_RATE)} times its rate"


def _of_track(stream: StreamContents, one: IsoTrack | None, other: IsoTrack) -> Iterator[str]:
    """Each as it was, or as it follows from the stream."""
    if other.layer not in (0, one.layer if one else 0):
        yield f"layer {other.layer} is new"
    if other.handler == "soun" and other.volume not in (_USUAL_VOLUME, one.volume if one else _USUAL_VOLUME):
        yield f"volume {Fraction(other.volume, _USUAL_VOLUME)} is new"
    if other.sound is None:
        return
    channels, bits, rate_hz = other.sound
    was = (one.sound if one is not None else None) or (stream.channels, 16, stream.sample_rate)
    if channels not in (was[0], stream.channels, _USUAL_CHANNELS):
        yield f"channels {was[0]} became {channels}"
    if bits not in (was[1], *_USUAL_BITS):
        yield f"bits of a sample {was[1]} became {bits}"
    half_hz = stream.sample_rate // 2 if stream.info.codec == "aac" else 0  # of an extended band
    is_usual = rate_hz in (was[2], 0, stream.sample_rate, half_hz)
    if not is_usual and stream.sample_rate < _LAST_HZ:
        yield f"sampling rate {was[2]} became {rate_hz}"


def _of_picture(after: Contents, one: IsoTrack | None, other: IsoTrack) -> Iterator[str]:
    """Shown as large as it was, or as it is, in its own shape or in that of its samples."""
    film, (width, height) = after.film, other.shown_px
    across, down = Fraction(film.width_px), Fraction(film.height_px)
    sizes = [(across * film.sample_aspect, down), (across, down), (across, down / film.sample_aspect)]
    sizes += [one.shown_px] if one else []
    if other.crop is None and not any(abs(width - w) <= 1 and abs(height - h) <= 1 for w, h in sizes):
        yield f"the picture is to be shown in {float(width):g} x {float(height):g} px"


def _of_chapters(listed: tuple[tuple[int, str], ...], after: Contents) -> Check:
    shown = [(round(one.start_s * 10**9), one.tags.get("title", "")) for one in after.chapters]
    is_same = len(listed) == len(shown) and all(
        abs(one[0] - other[0]) <= _STEP_NS and other[1].startswith(one[1])
        for one, other in zip(listed, shown, strict=True)
    )
    faults = [] if is_same else [f"the list says {_words(listed)}, the track {_words(shown)}"]
    return judged(f"{SECOND_READING}chapters", faults, f"all {len(listed)}")


def _words(chapters: tuple[tuple[int, str], ...] | list[tuple[int, str]]) -> str:
    return ", ".join(f'"{title}" at {start / 10**9:.3f} s' for start, title in chapters[:4]) or "nothing"
