"""Which shots are in colour already, from what each frame says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from tcvc_cli.records import Shot

LEAST_FRAMES = 5  # a shorter stretch is a flash, or a mistake about a frame

States = Sequence[bool | None]


def marked(shots: Sequence[Shot], states: States, *, first: int = 0) -> tuple[Shot, ...]:
    """The same shots, each in colour when most of its frames that can tell are.

    `states[i]` is of frame `first + i`: in colour, not, or None where it cannot tell.
    """
    return tuple(replace(s, is_in_color=_most(states[s.start - first : s.stop - first])) for s in shots)


def parted(shots: Sequence[Shot], states: States, *, first: int = 0) -> tuple[Shot, ...]:
    """The shots, cut once more where colour begins or ends inside one and stays so."""
    return tuple(
        Shot(shot.start + start, shot.start + stop, is_in_color)
        for shot in shots
        for is_in_color, start, stop in _stretches(states[shot.start - first : shot.stop - first])
    )


def _most(states: States) -> bool:
    known = [state for state in states if state is not None]
    return 2 * sum(known) > len(known)


def _stretches(states: States) -> list[tuple[bool, int, int]]:
    """(state, start, stop), each long enough; the shortest ones join their neighbours first."""
    runs = _runs(list(_filled(states)))
    while len(runs) > 1:
        length, number = min((stop - start, number) for number, (_, start, stop) in enumerate(runs))
        if length >= LEAST_FRAMES:
            break
        state, start, stop = runs[number]
        runs[number] = (not state, start, stop)
        runs = _runs([state for state, start, stop in runs for _ in range(start, stop)])
    return runs


def _filled(states: States) -> Iterator[bool]:
    """Frames that cannot tell are as those before them; at the beginning, as the first that can."""
    state = next((state for state in states if state is not None), False)
    for one in states:
        state = state if one is None else one
        yield state


def _runs(states: Sequence[bool]) -> list[tuple[bool, int, int]]:
    runs, start = [], 0
    for state, group in groupby(states):
        stop = start + len(list(group))
        runs.append((state, start, stop))
        start = stop
    return runs
