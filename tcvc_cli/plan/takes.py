"""What each shot colours where one is dissolved into the next: both colour the frames that they share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tcvc_cli.records import Dissolve, Shot


@dataclass(frozen=True, slots=True)
class Take:
    """A shot with the dissolve that it ends in, if it does.

    It colours all frames that it is `seen` in. Those of the dissolve it ends in are finished by the next
    shot; it finishes `[start, stop)` itself.
    """

    shot: Shot
    ends_in: Dissolve | None = None

    @property
    def start(self) -> int:
        return self.shot.start if self.shot.dissolve is None else self.shot.dissolve.start

    @property
    def stop(self) -> int:
        return self.shot.stop if self.ends_in is None else self.ends_in.start

    @property
    def seen(self) -> Shot:
        stop = self.shot.stop if self.ends_in is None else self.ends_in.stop
        return replace(self.shot, start=self.start, stop=stop, dissolve=None)

    @property
    def pure(self) -> Shot:
        """The frames that show nothing but this shot; there may be none."""
        start = self.shot.start if self.shot.dissolve is None else self.shot.dissolve.stop
        return Shot(start, self.stop)


def takes(shots: Sequence[Shot]) -> tuple[Take, ...]:
    """One for each shot; the shots' dissolves have room, as after `with_room`."""
    ends = (*(shot.dissolve for shot in shots[1:]), None)
    return tuple(Take(shot, ends_in) for shot, ends_in in zip(shots, ends, strict=True))


def with_room(shots: Iterable[Shot], most_frames: int | None = None) -> tuple[Shot, ...]:
    """The shots with every dissolve shortened, around its cut, to `most_frames` and to what its two shots
    leave it: each shot has a frame before the dissolve that it ends in, and no frame is in two dissolves.

    The first shot comes in by none, and none leads to or from a shot that keeps the colours it has.
    """
    kept: list[Shot] = []
    for shot in shots:
        kept.append(replace(shot, dissolve=_dissolve(kept[-1], shot, most_frames) if kept else None))
    return tuple(kept)


def _dissolve(before: Shot, shot: Shot, most_frames: int | None) -> Dissolve | None:
    wanted = shot.dissolve
    if wanted is None or before.is_in_color or shot.is_in_color:
        return None
    start = max(wanted.start, before.start + 1, before.dissolve.stop if before.dissolve else 0)
    stop = min(wanted.stop, shot.stop)
    if most_frames is not None and stop - start > most_frames:
        start = max(start, min(shot.start - most_frames // 2, stop - most_frames))
        stop = min(stop, start + most_frames)
    return Dissolve(start, stop) if start <= shot.start <= stop and start < stop else None
