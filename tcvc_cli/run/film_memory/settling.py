"""Colours key frames of shots before the shots are coloured, and remembers them for other shots."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import torch
from torch import Tensor

from tcvc_cli.files import is_there
from tcvc_cli.model.memory.entries import Remembered
from tcvc_cli.model.memory.observer import Looked
from tcvc_cli.model.memory.shot_memory import ShotMemory
from tcvc_cli.plain import to_json
from tcvc_cli.plan.takes import Take
from tcvc_cli.records import Clip, Window
from tcvc_cli.run.film_memory.choose import Explanations, chosen_for
from tcvc_cli.run.film_memory.key_frames import LightnessOf, key_frames
from tcvc_cli.run.film_memory.pictures import Pictures, remembered_of
from tcvc_cli.run.film_memory.remembered import Rememberer
from tcvc_cli.run.resume.settled_frames import SettledFrames, read_settled, write_settled
from tcvc_cli.run.resume.work_folder import settled_path
from tcvc_cli.settings.film.decisions import Look

MOST_SETTLED = 64  # frames of earlier shots that are remembered
_KNOWN = 0.8  # of a frame: then it adds nothing to what is remembered


@dataclass(frozen=True, slots=True)
class Settled:
    """Of one take, by names: the pictures that were `chosen` for it, and its `own` key frames, whose `places`
    are (SIZE, h, w) bfloat16 each."""

    chosen: tuple[str, ...]
    own: tuple[str, ...]
    places: tuple[Tensor, ...]

    @property
    def pictures(self) -> tuple[str, ...]:
        """All that count for the take."""
        return (*self.chosen, *self.own)


class Settler:
    """Settles one take after another.

    `chain` says what their colours depend on from the beginning. With `is_remembered`, what is settled is
    remembered for the takes that follow; what is settled with references, if these count everywhere.
    """

    def __init__(
        self,
        rememberer: Rememberer,
        pictures: Pictures,
        folder: Path,
        chain: str,
        *,
        is_remembered: bool,
        counts_everywhere: bool,
        lightness_of: LightnessOf,
    ) -> None:
        self._lightness_of = lightness_of
        self._rememberer, self._pictures, self._folder = rememberer, pictures, folder
        self._chain, self._begun = chain, chain
        self._is_remembered, self._counts_everywhere = is_remembered, counts_everywhere
        self._settled: dict[str, Remembered] = {}
        self._familiarity: dict[str, float] = {}  # how far each was known when it came
        self.damaged = 0  # files of an earlier run that cannot be used

    def settle(self, take: Take, look: Look, references: Sequence[str]) -> Settled:
        """With those of the references, and of what is remembered, that explain most of it."""
        known = {**{name: self._pictures.coarse(name) for name in references}, **self._settled}
        step = (self._chain, *_extent(take), bool(references))
        frames, settled, seen = self._kept_or_made(take, look, to_json(step), known)
        if self._is_remembered and (not references or self._counts_everywhere):
            self._chain = hashlib.sha256(to_json(step).encode()).hexdigest()
            seen = seen or Explanations(settled.places, known)
            for index, (name, one) in enumerate(zip(settled.own, remembered_of(frames), strict=True)):
                self._keep(name, one, index, seen)
        return settled

    def settle_with(self, take: Take, look: Look, chosen: tuple[str, ...]) -> Settled:
        """With just these pictures; no other take hears of it."""
        step = (self._begun, *_extent(take), look.palette, look.vivid, chosen)
        return self._kept_or_made(take, look, to_json(step), chosen)[1]

    def _kept_or_made(
        self, take: Take, look: Look, step: str, known: Mapping[str, Remembered] | tuple[str, ...]
    ) -> tuple[SettledFrames, Settled, Explanations | None]:
        """`known` is what may be chosen, or what is chosen; and what was found out of it on the way. What an
        earlier run has made by the same `step` is taken as it is."""
        file = settled_path(self._folder, hashlib.sha256(step.encode()).hexdigest())
        frames, seen = read_settled(file), None
        if frames is None:
            self.damaged += is_there(file)
            frames, seen = self._made(take, look, known)
            write_settled(file, frames)
        names = self._pictures.add(file, frames)
        places = tuple(one.places for one in remembered_of(frames))
        return frames, Settled(frames.chosen, names, places), seen

    def _made(
        self, take: Take, look: Look, known: Mapping[str, Remembered] | tuple[str, ...]
    ) -> tuple[SettledFrames, Explanations | None]:
        frames = key_frames(take)
        lightness = [self._lightness_of(frame) for frame in frames]
        ahead, looks = self._rememberer.computing.engine.frames_ahead(), dict[int, Looked]()
        if ahead is not None:
            for frame, light in zip(frames, lightness, strict=True):
                ahead.look_at(frame, light)
            looks = ahead.looks(frames)
        places = [
            self._rememberer.places(light, looks.get(frame))
            for frame, light in zip(frames, lightness, strict=True)
        ]
        seen = None if isinstance(known, tuple) else Explanations(places, known)
        chosen = chosen_for(take, seen) if seen is not None else tuple(known)
        memory = [
            self._settled[name] if name in self._settled else self._pictures.named(name) for name in chosen
        ]
        computing = self._rememberer.computing
        computing.choose(look)
        for frame, light, place in zip(frames, lightness, places, strict=True):
            window = Window((Clip(frame, frame),), (Fraction(1),))
            colors = computing.engine.window(light, window, None, ShotMemory(tuple(memory)), ahead)
            memory.append(self._rememberer.settled(frame, light, place, colors.ab[0]))
        own = memory[len(chosen) :]
        settled = SettledFrames(
            frames,
            chosen,
            torch.stack([one.places for one in own]).view(torch.int16).numpy().view("uint16"),
            torch.stack([torch.cat([one.lightness, one.ab]) for one in own]).numpy(),
        )
        return settled, seen

    def _keep(self, name: str, one: Remembered, index: int, seen: Explanations) -> None:
        """Unless it shows what is known already; it is the frame `index` of those that are `seen`."""
        by_others = [seen.of_frame(index, other) for other in seen.pictures]
        familiarity = float(torch.stack(by_others).amax(0).mean()) if by_others else 0.0
        if familiarity >= _KNOWN:
            return
        self._settled[name], self._familiarity[name] = one, familiarity
        if len(self._settled) > MOST_SETTLED:
            missed_least = max(self._settled, key=lambda other: self._familiarity[other])
            del self._settled[missed_least]


def _extent(take: Take) -> tuple[int, int]:
    return take.pure.start, take.pure.stop
