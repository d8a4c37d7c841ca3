"""Which of the remembered pictures count for a shot: few, and those that explain most of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from tcvc_cli.model.memory.correspondence import match
from tcvc_cli.model.memory.entries import Remembered
from tcvc_cli.plan.takes import Take

MOST_CHOSEN = 6  # pictures that count for a shot, beside the given frames in it
MOST_OWN = 24  # given frames in one shot
_LEAST_COVERED = 0.14  # of the frames, for a picture to count: less is chance
_LEAST_OF_PART = 0.5  # as much of the frames as such a part of a picture is of it
_LEAST_GAIN = 0.03  # of the frames, for one more to count


def explained(places: Sequence[Tensor], picture: Remembered) -> Tensor:
    """(n,) how far it explains each place of the frames, each (SIZE, h, w): 0 to 1."""
    return torch.cat([match(one, [picture]).confidence.flatten() for one in places])


class Explanations:
    """How far each of the `pictures` explains each of a few frames, which have these `places`, (SIZE, h, w)
    each. A picture is held against a frame once, whoever asks."""

    def __init__(self, places: Sequence[Tensor], pictures: Mapping[str, Remembered]) -> None:
        self.places, self.pictures = places, pictures
        self._found = dict[tuple[int, str], Tensor]()

    def of_frame(self, index: int, name: str) -> Tensor:
        """(h * w,) 0 to 1."""
        key = index, name
        if key not in self._found:
            self._found[key] = explained([self.places[index]], self.pictures[name])
        return self._found[key]

    def of_all(self, name: str) -> Tensor:
        """(n,) of all frames, one after the other."""
        return torch.cat([self.of_frame(index, name) for index in range(len(self.places))])


def choose(places: Sequence[Tensor], pictures: Mapping[str, Remembered], most: int) -> tuple[str, ...]:
    """Names of at most `most` pictures, each of which explains what those before it do not."""
    return choose_among(tuple(pictures), Explanations(places, pictures), most)


def choose_among(names: Sequence[str], seen: Explanations, most: int) -> tuple[str, ...]:
    """The same of the pictures with these names."""
    every = {name: seen.of_all(name) for name in names}
    by_name = {name: one for name, one in every.items() if float(one.mean()) >= _LEAST_COVERED}
    return choose_by_gain(by_name, torch.zeros(sum(one[0].numel() for one in seen.places)), most)[0]


def choose_by_gain(
    by_name: Mapping[str, Tensor], known: Tensor, most: int, least_gain: float = _LEAST_GAIN
) -> tuple[tuple[str, ...], Tensor]:
    """Names as `choose` gives them, and (n,) what they explain together with what is `known` (n,) before.

    `by_name` (n,) says what each explains; who adds less than `least_gain` to the mean is not chosen.
    """
    by_name, best, chosen = dict(by_name), known, list[str]()
    while by_name and len(chosen) < most:
        gains = {name: float((one - best).clamp(min=0).mean()) for name, one in by_name.items()}
        name = max(gains, key=lambda one: gains[one])
        if gains[name] < least_gain:
            break
        chosen.append(name)
        best = torch.maximum(best, by_name.pop(name))
    return tuple(chosen), best


def choose_partial(places: Sequence[Tensor], pictures: Mapping[str, Remembered]) -> tuple[str, ...]:
    """Of pictures that say something of a part of themselves, those whose part is seen in the frames."""
    found = {name: float(explained(places, one).mean()) for name, one in pictures.items()}
    least = {
        name: min(_LEAST_COVERED, _LEAST_OF_PART * float(one.opacity.mean()))
        for name, one in pictures.items()
    }
    chosen = [name for name in sorted(found, key=lambda one: -found[one]) if found[name] >= least[name] > 0]
    return tuple(chosen[:MOST_CHOSEN])


def chosen_for(take: Take, seen: Explanations) -> tuple[str, ...]:
    """Those that count for a take of which these frames are seen: its own that somebody coloured, then
    others."""
    own = [
        name
        for name, one in seen.pictures.items()
        if one.kind == "given" and one.frame in range(take.start, take.stop)
    ]
    step = -(-len(own) // MOST_OWN) if own else 1
    others = [name for name in seen.pictures if name not in own]
    return (*own[::step], *choose_among(others, seen, MOST_CHOSEN))
