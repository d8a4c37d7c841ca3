"""Shots that are coloured together, for each of them is seen in a dissolve with the next; most are alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tcvc_cli.run.film.segments import Segment
from tcvc_cli.run.machines.deal import deal
from tcvc_cli.run.machines.shard import Shard


@dataclass(frozen=True, slots=True)
class Group:
    """In the order in which they are made."""

    segments: tuple[Segment, ...]

    @property
    def key(self) -> str:
        return self.segments[0].key

    @property
    def frame_count(self) -> int:
        return sum(one.frame_count for one in self.segments)

    @property
    def shots(self) -> tuple[int, ...]:
        """Their numbers, from 1."""
        return tuple(sorted({one.shot.number for one in self.segments}))

    def is_complete(self, there: Collection[tuple[str, int]]) -> bool:
        """`there` are the ids of segments."""
        return all(one.id in there for one in self.segments)


def groups_of(segments: Sequence[Segment]) -> tuple[Group, ...]:
    """All segments of a film, in groups that need nothing of each other."""
    found = list[list[Segment]]()
    shots = set[int]()
    for one in segments:
        is_new_shot = one.shot.number not in shots
        shots.add(one.shot.number)
        if is_new_shot and one.shot.take.shot.dissolve is None:
            found.append([])
        found[-1].append(one)
    return tuple(Group(tuple(group)) for group in found)


def dealt_to(shard: Shard, groups: Sequence[Group]) -> tuple[Group, ...]:
    """Those of a shard, in the order of the film."""
    dealt = deal({one.key: one.frame_count for one in groups}, shard.count)
    return tuple(one for one in groups if dealt[one.key] == shard.index)
