"""What is remembered for each shot of a film."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from tcvc_cli.model.memory.entries import Remembered
from tcvc_cli.model.memory.shot_memory import NOTHING, ShotMemory
from tcvc_cli.plan.takes import Take
from tcvc_cli.run.film_memory.alike import Apart, apart
from tcvc_cli.run.film_memory.pictures import Pictures
from tcvc_cli.run.film_memory.used_reference import UsedReference
from tcvc_cli.settings.reference import Reference


@dataclass(frozen=True, slots=True)
class TakeMemory:
    """The names of the pictures that count for a take, which is the shot `number` of the film; which of them
    are its `own` key frames, with its final colours, and the frames of the film that these are. `alike`: the
    numbers of other shots that may show the same thing."""

    number: int
    pictures: tuple[str, ...]
    own: tuple[str, ...] = ()
    own_frames: tuple[int, ...] = ()
    alike: tuple[int, ...] = ()

    @property
    def mark(self) -> str:
        """Equal where the same is remembered."""
        return hashlib.sha256("\n".join(self.pictures).encode()).hexdigest()


class FilmMemory:
    """What is remembered for each take, by its first frame; pictures are fetched when its turn comes."""

    def __init__(self, by_start: Mapping[int, TakeMemory], pictures: Pictures | None) -> None:
        self._by_start, self._pictures = by_start, pictures
        self._by_number = {one.number: one for one in by_start.values()}

    def of(self, take: Take) -> ShotMemory:
        about = self._by_start.get(take.start)
        if about is None or self._pictures is None:
            return NOTHING
        return ShotMemory(tuple(map(self._pictures.named, about.pictures)))

    def mark(self, take: Take) -> str:
        """Empty where nothing is remembered."""
        about = self._by_start.get(take.start)
        return "" if about is None else about.mark

    def given_frames(self, take: Take) -> frozenset[int]:
        """The frames of the take that somebody coloured."""
        about = self._by_start.get(take.start)
        if about is None or self._pictures is None:
            return frozenset()
        frames = {self._pictures.frame_given_by(name) for name in about.pictures}
        return frozenset(one for one in frames if one is not None and take.start <= one < take.stop)

    def apart(self, take: Take) -> Apart | None:
        """How far its colours are from those of another shot that shows the same thing; None where nothing is
        known of one."""
        about = self._by_start.get(take.start)
        if about is None or self._pictures is None or not about.alike:
            return None
        own = tuple(map(self._pictures.named, about.own))
        return apart(own, chain.from_iterable(map(self._settled_in, about.alike)))

    def _settled_in(self, number: int) -> Iterator[Remembered]:
        assert self._pictures is not None
        about = self._by_number[number]
        for name, frame in zip(about.own, about.own_frames, strict=True):
            yield replace(self._pictures.named(name), frame=frame)

    def shots_of(self, reference: Reference) -> tuple[int, ...]:
        """The numbers of the shots that a reference counts for."""
        known = self._pictures.references if self._pictures else {}
        names = {name for name, one in known.items() if one == reference}
        return tuple(one.number for one in self._by_start.values() if names & set(one.pictures))


def used(references: Sequence[Reference], memory: FilmMemory) -> tuple[UsedReference, ...]:
    return tuple(UsedReference(one, memory.shots_of(one)) for one in references)


NO_MEMORY: Final = FilmMemory({}, None)
