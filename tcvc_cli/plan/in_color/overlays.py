"""Which overlays a shot has, from what its frames show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from tcvc_cli.records import Overlay, Shot

FrameOverlays = Sequence[tuple[Overlay, ...]]


def with_overlays(shots: Sequence[Shot], frames: FrameOverlays, *, first: int = 0) -> tuple[Shot, ...]:
    """The same shots, those that are not in colour with their overlays; `frames[i]` are those of frame
    `first + i`."""
    return tuple(
        shot
        if shot.is_in_color
        else replace(shot, overlays=_of(frames[shot.start - first : shot.stop - first]))
        for shot in shots
    )


def merged(overlays: Iterable[Overlay]) -> tuple[Overlay, ...]:
    """In the order of their places; those that overlap become one, which those that are whole do not."""
    apart: list[Overlay] = []
    rest = sorted(set(overlays), key=_place)
    for one in rest:
        if one.is_whole:
            apart.append(one)
            continue
        while near := [other for other in apart if not other.is_whole and _overlap(one, other)]:
            apart = [other for other in apart if other not in near]
            one = _around(one, *near)
        apart.append(one)
    return tuple(sorted(apart, key=_place))


def places_of(overlays: Iterable[Overlay]) -> tuple[str, ...]:
    """Where they are, for a person, each place once."""
    return tuple(dict.fromkeys(_named_place(one) for one in merged(overlays)))


def _named_place(one: Overlay) -> str:
    rows = _third(one.top, one.bottom, 24, ("top", "", "bottom"))
    columns = _third(one.left, one.right, 32, ("left", "", "right"))
    if one.bottom - one.top >= 24:
        return f"{columns or 'middle'} side"
    return " ".join(filter(None, (rows, columns))) or "middle"


def _third(start: int, stop: int, cells: int, names: tuple[str, str, str]) -> str:
    return names[min(2, 3 * (start + stop) // (2 * cells))]


def _of(frames: FrameOverlays) -> tuple[Overlay, ...]:
    """All of them; of the whole ones, which take everything with them, those that most frames show."""
    counts = Counter(one for overlays in frames for one in overlays)
    return merged(_trusted(counts, sum(map(bool, frames))))


def _trusted(counts: Counter[Overlay], frames: int) -> Iterator[Overlay]:
    for one, count in counts.items():
        if not one.is_whole or 2 * count > frames:
            yield one


def _overlap(one: Overlay, other: Overlay) -> bool:
    return (
        one.left < other.right
        and other.left < one.right
        and one.top < other.bottom
        and other.top < one.bottom
    )


def _around(*overlays: Overlay) -> Overlay:
    return Overlay(
        min(one.left for one in overlays),
        min(one.top for one in overlays),
        max(one.right for one in overlays),
        max(one.bottom for one in overlays),
    )


def _place(one: Overlay) -> tuple[int, int, int, int]:
    return one.top, one.left, one.bottom, one.right
