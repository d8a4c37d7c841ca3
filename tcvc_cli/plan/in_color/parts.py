"""Which shots are in colour already, from what each frame says."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from tcvc_cli.records import Shot

LEAST_FRAMES = 5  # a shorter stretch is a flash

States = Sequence[bool | None]


def marked(shots: Sequence[Shot], states: States, *, first: int = 0) -> tuple[Shot, ...]:
    """The same shots, each in colour when most of its frames that can tell are.

    `states[i]` is of frame `first + i`: in colour, not, or None where it cannot tell.
    """
    return tuple(replace(s, is_in_color=_most(states[s.start - first : s.stop - first])) for s in shots)


def parted(
    shots: Sequence[Shot], states: States, jumps: Collection[int], *, first: int = 0
) -> tuple[Shot, ...]:
    """The shots, cut once more at those `jumps` of the colours between which colour begins or ends.

    A cut between two shots that look alike but for their colour shows in no luma.
    """
    pieces = [piece for shot in shots for piece in _pieces(shot, jumps)]
    joined: list[Shot] = []
    starts = {shot.start for shot in shots}
    for piece in marked(pieces, states, first=first):
        if piece.start not in starts and joined[-1].is_in_color == piece.is_in_color:
            joined[-1] = replace(joined[-1], stop=piece.stop)
        else:
            joined.append(piece)
    return tuple(joined)


def _pieces(shot: Shot, jumps: Collection[int]) -> Iterator[Shot]:
    """Between the jumps that leave enough frames on both sides."""
    rest = shot
    for jump in sorted(jumps):
        if rest.start + LEAST_FRAMES <= jump <= rest.stop - LEAST_FRAMES:
            yield replace(rest, stop=jump)
            rest = Shot(jump, rest.stop)
    yield rest


def _most(states: States) -> bool:
    judged = [state for state in states if state is not None]
    return 2 * sum(judged) > len(judged)
