"""What is remembered for each shot of a film."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tcvc_cli.model.memory.shot_memory import NOTHING, ShotMemory
from tcvc_cli.plan.takes import Take
from tcvc_cli.run.film_memory.pictures import Pictures
from tcvc_cli.settings.reference import Reference


@dataclass(frozen=True, slots=True)
class TakeMemory:
    """The names of the pictures that count for a take, which is the shot `number` of the film."""

    number: int
    pictures: tuple[str, ...]

    @property
    def mark(self) -> str:
        """Equal where the same is remembered."""
        return hashlib.sha256("\n".join(self.pictures).encode()).hexdigest()


class FilmMemory:
    """What is remembered for each take, by its first frame; pictures are fetched when its turn comes."""

    def __init__(self, by_start: Mapping[int, TakeMemory], pictures: Pictures | None) -> None:
        self._by_start, self._pictures = by_start, pictures

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

    def shots_of(self, reference: Reference) -> tuple[int, ...]:
        """The numbers of the shots that a reference counts for."""
        known = self._pictures.references if self._pictures else {}
        names = {name for name, one in known.items() if one == reference}
        return tuple(one.number for one in self._by_start.values() if names & set(one.pictures))


@dataclass(frozen=True, slots=True)
class UsedReference:
    """A picture that was given, and the numbers of the shots that it counts for, from 1."""

    reference: Reference
    shots: tuple[int, ...]


def used(references: Sequence[Reference], memory: FilmMemory) -> tuple[UsedReference, ...]:
    return tuple(UsedReference(one, memory.shots_of(one)) for one in references)


NO_MEMORY: Final = FilmMemory({}, None)
