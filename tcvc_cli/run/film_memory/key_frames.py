"""The frames by which a shot is settled, and their lightness, which another thread reads ahead."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice

from torch import Tensor

from tcvc_cli.plan.takes import Take
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.threads import ahead
from tcvc_cli.trace import span

_LONG_FRAMES = 48  # a shot that is longer is settled at both ends
_AHEAD_FRAMES = 2
_HELD_FRAMES = 2  # those of one shot: it may be settled twice

LightnessOf = Callable[[int], Tensor]


def key_frames(take: Take) -> tuple[int, ...]:
    """The first frame that shows nothing else, and of a long shot the last."""
    pure = take.pure
    return (pure.start, pure.stop - 1) if len(pure) > _LONG_FRAMES else (pure.start,)


def can_be_settled(take: Take) -> bool:
    """Whether it has frames of its own that are to be coloured."""
    return not take.shot.is_in_color and len(take.pure) > 0


def is_memory_of_use(options: Options, count: int, *, is_given: bool) -> bool:
    """Whether anything is remembered for so many takes that can be settled: a single one needs nothing,
    unless colours of the film are given."""
    is_of_use = is_given or (count > 1 and not options.is_shot_alone)
    return is_of_use and not options.is_compat and not options.is_causal


@contextmanager
def reading_ahead(frames: Sequence[int], lightness_of: LightnessOf) -> Iterator[LightnessOf]:
    """The same lightness (1, 1, H, W) of any frame; those of `frames`, which rise, are read before somebody
    asks for them, if it is in that order."""
    with closing(ahead(_read(frames, lightness_of), _AHEAD_FRAMES, name="key frames")) as items:
        held = dict[int, Tensor]()

        def found(frame: int) -> Tensor:
            if frame not in held and (not held or frame > max(held)):
                for number, lightness in items:
                    held[number] = lightness
                    if number >= frame:
                        break
                for number in list(islice(held, max(0, len(held) - _HELD_FRAMES))):
                    del held[number]
            return held[frame] if frame in held else lightness_of(frame)

        yield found


def _read(frames: Sequence[int], lightness_of: LightnessOf) -> Iterator[tuple[int, Tensor]]:
    for number in frames:
        with span("read a key frame", f"frame {number}"):
            lightness = lightness_of(number)
        yield number, lightness
