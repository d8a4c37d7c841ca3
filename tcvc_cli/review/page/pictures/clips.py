"""The clip of a shot: which of its frames, how large and how well, so that it fits."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.media.write.clip import encode_clip
from tcvc_cli.records import Shot

Bytes = NDArray[np.uint8]
_FIRST_CRF: Final = 22  # better is not seen
_POOR_CRF: Final = 36  # rather fewer frames than worse ones
_WORST_CRF: Final = 46
_CRF_OF_HALF: Final = 6.0  # so many more halve the bytes
_HEAD_BYTES: Final = 1200
_LEAST_FRAMES: Final = 4
_TRIES: Final = 4
_MOST_RATE: Final = 60


@dataclass(frozen=True, slots=True)
class Clip:
    """`frames` are their numbers in the film; `size_px` (width, height) is that of one picture."""

    mp4: bytes
    frames: tuple[int, ...]
    rate: int
    size_px: tuple[int, int]


def frames_of_clip(shot: Shot, most: int) -> tuple[int, ...]:
    """Numbers in the film, evenly from the first to the last of the shot; none of a shot of one frame."""
    count = min(len(shot), most)
    if count < 2:
        return ()
    return tuple(shot.start + round(place * (len(shot) - 1) / (count - 1)) for place in range(count))


def clip_of(
    frames: Sequence[int], before: Sequence[Bytes], after: Sequence[Bytes], seconds: float, most_bytes: int
) -> Clip | None:
    """Of pictures of one size, those `after`, where there are any, under those `before`. It lasts about
    `seconds`, as the shot does. Not even the poorest may fit into `most_bytes`; it is taken all the same."""
    if not frames:
        return None
    stacked = [np.vstack(pair) for pair in zip(before, after, strict=True)] if after else list(before)
    height, width = before[0].shape[:2]
    for places in _fewer(len(frames)):
        rate = max(1, min(_MOST_RATE, round(len(places) / seconds)))
        some = [stacked[place] for place in places]
        is_last = len(places) <= _LEAST_FRAMES
        mp4 = _fitted(some, rate, most_bytes, _WORST_CRF if is_last else _POOR_CRF)
        if len(mp4) <= most_bytes or is_last:
            return Clip(mp4, tuple(frames[place] for place in places), rate, (width, height))
    raise AssertionError("the last of them is taken")


def _fewer(count: int) -> Iterator[tuple[int, ...]]:
    """Places of all, of half of them, and so on to a few, always with the first and the last."""
    left = count
    while True:
        yield tuple(round(place * (count - 1) / max(1, left - 1)) for place in range(left))
        if left <= _LEAST_FRAMES:
            return
        left = max(_LEAST_FRAMES, left // 2)


def _fitted(pictures: Sequence[Bytes], rate: int, most_bytes: int, worst_crf: int) -> bytes:
    """As good as fits and can be seen, or of the worst quality that is allowed."""
    crf, mp4 = _FIRST_CRF, b""
    for _ in range(_TRIES):
        mp4 = encode_clip(pictures, rate=rate, crf=crf)
        over = math.log2(max(1, len(mp4) - _HEAD_BYTES) / max(1, most_bytes - _HEAD_BYTES))
        if over <= 0 or crf >= worst_crf:
            break
        crf = min(worst_crf, crf + max(1, math.ceil(over * _CRF_OF_HALF)))
    return mp4
