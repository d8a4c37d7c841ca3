"""How many bytes of the folder a shot may take, and what that leaves to each of its pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ALL_BYTES: Final = 50_000_000
_MOST, _LEAST = 300_000, 48_000
_BASE_64: Final = 4 / 3


@dataclass(frozen=True, slots=True)
class Share:
    """Of one shot, in bytes of the folder."""

    shot_bytes: int

    @property
    def thumb_bytes(self) -> int:
        """Of one of two."""
        return round(0.07 * self.shot_bytes)

    @property
    def light_bytes(self) -> int:
        """Before it is written as text, as all that follow."""
        return round(0.2 * self.shot_bytes / _BASE_64)

    def color_bytes(self, maps: int) -> int:
        """Of one of so many maps of colours."""
        return round(0.35 * self.shot_bytes / _BASE_64 / maps)

    @property
    def most_frames(self) -> int:
        """Of the clip."""
        return max(8, min(60, self.shot_bytes // 4000))

    @property
    def clip_side_px(self) -> int:
        """The longer side of a frame of the clip."""
        return 320 if self.shot_bytes >= 200_000 else 256 if self.shot_bytes >= 90_000 else 192

    def clip_bytes(self, taken: int) -> int:
        """What is left when `taken` bytes of the folder are."""
        return max(0, round((self.shot_bytes - taken) / _BASE_64))


def share_of(shots: int) -> Share:
    """The share of one of so many shots: with 500 of them they take 50 MB, and with very many more, since
    nothing could be seen on less."""
    return Share(max(_LEAST, min(_MOST, ALL_BYTES // max(1, shots))))


def in_folder(data: bytes) -> int:
    """The bytes that `data` takes as text."""
    return 4 * -(-len(data) // 3)
