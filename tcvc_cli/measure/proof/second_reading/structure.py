"""What a result's own structure says that FFmpeg does not look at and other players do: it follows from the
packets, or was in the original. No sidecar accounts for anything else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from tcvc_cli.color.matrix import UNSPECIFIED
from tcvc_cli.measure.proof.checks import SECOND_READING, Check, judged
from tcvc_cli.media.carry.containers import MATROSKA
from tcvc_cli.media.inspect.description import Contents
from tcvc_cli.media.witness.iso_heads import IsoHead, IsoHeads, Matrix, PictureEntry, iso_heads
from tcvc_cli.media.witness.matroska_blocks import hidden_blocks
from tcvc_cli.media.witness.matroska_strange import strange_elements

_PLAIN: Final = (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
_PLAIN_VOLUME: Final = 1 << 8
_PLAIN_RATE: Final = 1 << 16
_PLAIN_DOTS: Final = (72 << 16, 72 << 16)
_PLAIN_DEPTH: Final = 24
_LEAST_OFF_S: Final = 0.1
_LEAST_OFF: Final = 0.02  # of a length
_TURN_OFF: Final = 1 << 6  # in a matrix, of 65536
# ISO/IEC 14496-1, table 5, and those that are registered for older codings.
_OBJECT_TYPES: Final = {"aac": (0x40, 0x66, 0x67, 0x68), "mp3": (0x69, 0x6B), "ac3": (0xA5,), "eac3": (0xA6,)}
_ADDITIONS, _DOLBY = "additions to its packets", "Dolby Vision"


def checks_of_structure(before: Contents, after: Contents, pairs: Mapping[int, int]) -> Iterator[Check]:
    """One row, for results in Matroska, MP4 and QuickTime. `pairs`: which stream of the result is which of
    the original's."""
    places = {before.film.video_index: after.film.video_index, **pairs}
    if after.container is MATROSKA:
        faults = [*_of_elements(before, after, places), *_of_blocks(after)]
    elif "mp4" in after.film.container:
        faults = list(_of_boxes(before, after, places))
    else:
        return
    yield judged(f"{SECOND_READING}structure", faults, "as it follows from the packets")


def _of_elements(before: Contents, after: Contents, places: Mapping[int, int]) -> Iterator[str]:
    known = strange_elements(before.film.path) if before.container is MATROSKA else {}
    origins = {"": ""} | {f"{there + 1}": f"{here + 1}" for here, there in places.items()}
    for whose, found in strange_elements(after.film.path).items():
        was = known.get(origins.get(whose, "?"), ())
        name = f"#{int(origins.get(whose, whose)) - 1}" if whose else "the file"
        for one in found:
            is_told = one[0] == _ADDITIONS and _DOLBY in before.side_data
            if one not in was and not is_told:
                yield f"{name} has something new: {one[0]}"


def _of_blocks(after: Contents) -> Iterator[str]:
    for place, count in sorted(hidden_blocks(after.film.path).items()):
        yield f"{count} packets of the result's #{place} are not to be shown"


def _of_boxes(before: Contents, after: Contents, places: Mapping[int, int]) -> Iterator[str]:
    now = iso_heads(after.film.path)
    was = iso_heads(before.film.path) if "mp4" in before.film.container else None
    if now is None:
        yield "there is no head of the film"
        return
    if now.matrix not in (_PLAIN, was.matrix if was else _PLAIN):
        yield "the film is to be bent"
    if now.volume not in (_PLAIN_VOLUME, was.volume if was else _PLAIN_VOLUME):
        yield "the film is to be heard at another volume"
    for here, there in places.items():
        other = now.tracks[there] if there < len(now.tracks) else None
        if other is None:
            yield f"#{here} has no head"
            continue
        one = was.tracks[here] if was is not None and here < len(was.tracks) else None
        yield from (f"#{here} {fault}" for fault in _of_track(after, there, one, other, now))


def _of_track(
    after: Contents, there: int, one: IsoHead | None, other: IsoHead, film: IsoHeads
) -> Iterator[str]:
    is_picture = there == after.film.video_index
    if not other.is_in_film and (one is None or one.is_in_film):
        yield "is no part of the film"
    size = after.film.width_px, after.film.height_px
    if other.matrix not in (_PLAIN, one.matrix if one else _PLAIN) and not (
        is_picture and _is_turn(other.matrix, size)
    ):
        yield "is to be bent"
    if any(rate != _PLAIN_RATE for _, rate in other.edits):
        yield "is to be shown at another rate"
    if other.edits and _is_off(other.length, sum(length for length, _ in other.edits), film.ticks):
        yield "is said to be of another length than its edits"
    if _is_off(other.media_length, other.samples_length, other.ticks):
        yield "is said to be of another length than its packets"
    if not other.is_in_this_file:
        yield "is said to be in another file"
    if any(other.mode) and (one is None or other.mode != one.mode):
        yield "is to be laid over others, or heard from one side"
    codes = _OBJECT_TYPES.get(after.streams[there].info.codec)
    if codes is not None and other.object_type not in (None, *codes):
        yield f"is said to be of object type {other.object_type:#x}"
    if is_picture and other.picture is not None:
        yield from _of_picture(after, one.picture if one else None, other.picture)


def _is_off(stated: int, real: int, ticks: int) -> bool:
    return abs(stated - real) > max(_LEAST_OFF_S * ticks, _LEAST_OFF * real)


def _is_turn(matrix: Matrix, size: tuple[int, int]) -> bool:
    """Neither scaled nor skewed, and where a turned picture lies, or the plain one."""
    a, b, u, c, d, v, x, y, w = matrix
    area, product, unit = a * d - b * c, a * c + b * d, 1 << 16
    is_unit = abs(abs(area) - unit * unit) <= _TURN_OFF * unit and abs(product) <= _TURN_OFF * unit
    lengths = (abs(a * a + b * b - unit * unit), abs(c * c + d * d - unit * unit))
    is_even = max(lengths) <= 2 * _TURN_OFF * unit
    moves = {sign * edge << 16 for edge in (0, *size) for sign in (1, -1)}
    return (u, v, w) == (0, 0, 1 << 30) and is_unit and is_even and {x, y} <= moves


def _of_picture(after: Contents, one: PictureEntry | None, other: PictureEntry) -> Iterator[str]:
    film = after.film
    if other.size_px not in ((film.width_px, film.height_px), one.size_px if one else None):
        yield f"is said to have {other.size_px[0]}x{other.size_px[1]} px"
    if other.dots_per_inch not in (_PLAIN_DOTS, one.dots_per_inch if one else None):
        yield "has another resolution"
    if other.frames != 1:
        yield f"is said to have {other.frames} frames in each packet"
    if other.depth not in (_PLAIN_DEPTH, one.depth if one else None):
        yield f"is said to have a depth of {other.depth}"
    codes = film.color.primaries, film.color.transfer, film.color.matrix
    if other.color is not None and other.color[:3] != codes:
        yield f"states the colours {other.color[:3]}, not {codes}"
    elif other.color is None and UNSPECIFIED not in codes:
        yield "does not state its colours"
    if other.color is not None and other.color[3] not in (None, film.color.full_range):
        yield "states another range"
    if not other.is_header_true:
        yield "has a header that is not that of its coding"
