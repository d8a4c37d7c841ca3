"""The memory of a whole film: what each of its shots is coloured by beside its own frames.

Before the shots are coloured, a few frames of each are, in the order of the film: each with what is
remembered by then, that is every reference and what was settled in the shots before. So the same coat has the
same colour in all of them; and a shot then depends on nothing that is not known before the first is begun,
whoever colours which of them, in whatever order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import torch

from tcvc_cli.model.memory.entries import Remembered
from tcvc_cli.model.memory.shot_memory import ShotMemory
from tcvc_cli.plain import to_json
from tcvc_cli.plan.takes import Take, takes
from tcvc_cli.records import Clip, Window
from tcvc_cli.run.computing import Computing
from tcvc_cli.run.events import Event, FramesDone, StageStarted
from tcvc_cli.run.film.scan import Scan
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.run.references.choose import chosen_for, explained
from tcvc_cli.run.references.film_frames import FilmFrames
from tcvc_cli.run.references.pictures import Pictures, remembered_of
from tcvc_cli.run.references.remembered import Rememberer
from tcvc_cli.run.references.take_memory import NO_MEMORY, FilmMemory, TakeMemory
from tcvc_cli.run.resume.settled_frames import SettledFrames, read_settled, write_settled
from tcvc_cli.run.resume.work_folder import settled_path
from tcvc_cli.settings.reference import Reference

MOST_SETTLED = 64  # frames of earlier shots that are remembered
_LONG_FRAMES = 48  # a shot that is longer is settled at both ends
_KNOWN = 0.8  # of a frame: then it adds nothing to what is remembered


def remember(
    plan: FilmPlan,
    computing: Computing,
    found: Scan,
    references: tuple[Reference, ...],
    folder: Path,
    made_of: str,
) -> Generator[Event, None, FilmMemory]:
    """Settles a few frames of every shot; what an earlier run has settled in `folder` is taken as it is.

    `made_of` says what else their colours depend on. Without references a single shot needs nothing.
    """
    numbered = enumerate(takes(found.shots), 1)
    shots = [(number, one) for number, one in numbered if not one.shot.is_in_color and len(one.pure)]
    is_of_use = references or (len(shots) > 1 and not plan.options.is_shot_alone)
    if plan.options.is_compat or plan.options.is_causal or not is_of_use:
        return NO_MEMORY
    yield StageStarted("memory", len(shots))
    settler = _Settler(plan, computing, found, references, folder, made_of)
    between = plan.options.references_between
    by_start: dict[int, TakeMemory] = {}
    for count, (number, take) in enumerate(shots, 1):
        if not references or between is None:
            by_start[take.start] = settler.settle(number, take, has_references=bool(references))
        else:
            # As if there were no references, so that later shots find what they found without them.
            by_start[take.start] = settler.settle(number, take, has_references=False)
            if take.start <= between.last and between.first < take.stop:
                by_start[take.start] = settler.settle(number, take, has_references=True)
        yield FramesDone("memory", count)
    return FilmMemory(by_start, settler.pictures)


class _Settler:
    """Settles one take after another."""

    def __init__(
        self,
        plan: FilmPlan,
        computing: Computing,
        found: Scan,
        references: tuple[Reference, ...],
        folder: Path,
        made_of: str,
    ) -> None:
        self._computing, self._folder = computing, folder
        self._is_remembered = not plan.options.is_shot_alone
        self._counts_everywhere = plan.options.references_between is None
        self._rememberer = Rememberer(plan, computing, FilmFrames(plan.film, found.stop))
        self.pictures = Pictures(self._rememberer, references)
        # To choose among them, what they look like is enough.
        self._given = {
            name: replace(self.pictures.named(name), fine=None) for name in self.pictures.references
        }
        self._settled: dict[str, Remembered] = {}
        self._familiarity: dict[str, float] = {}  # how far each was known when it came
        self._chain = hashlib.sha256("\n".join((made_of, *self.pictures.references)).encode()).hexdigest()

    def settle(self, number: int, take: Take, *, has_references: bool) -> TakeMemory:
        """What counts for the take. Its own frames are remembered for others, unless those are alone, or
        references count for some takes only."""
        pure = take.pure
        step = to_json((self._chain, pure.start, pure.stop, has_references))
        key = hashlib.sha256(step.encode()).hexdigest()
        known = {**(self._given if has_references else {}), **self._settled}
        file = settled_path(self._folder, key)
        settled = read_settled(file)
        if settled is None:
            settled = self._settle(take, known)
            write_settled(file, settled)
        names = self.pictures.add(file, settled)
        if self._is_remembered and (not has_references or self._counts_everywhere):
            self._chain = key
            for name, one in zip(names, remembered_of(settled), strict=True):
                self._keep(name, one, known)
        return TakeMemory(number, (*settled.chosen, *names))

    def _settle(self, take: Take, known: Mapping[str, Remembered]) -> SettledFrames:
        frames = key_frames(take)
        lightness = [self._rememberer.lightness(frame) for frame in frames]
        places = [self._rememberer.places(one) for one in lightness]
        chosen = chosen_for(take, places, known)
        memory = [
            self._settled[name] if name in self._settled else self.pictures.named(name) for name in chosen
        ]
        for frame, light, place in zip(frames, lightness, places, strict=True):
            window = Window((Clip(frame, frame),), (Fraction(1),))
            colors = self._computing.engine.window(light, window, None, ShotMemory(tuple(memory)))
            memory.append(self._rememberer.settled(frame, light, place, colors.ab[0]))
        own = memory[len(chosen) :]
        return SettledFrames(
            frames,
            chosen,
            torch.stack([one.places for one in own]).view(torch.int16).numpy().view("uint16"),
            torch.stack([torch.cat([one.lightness, one.ab]) for one in own]).numpy(),
        )

    def _keep(self, name: str, one: Remembered, known: Mapping[str, Remembered]) -> None:
        """Unless it shows what is known already."""
        by_others = [explained([one.places], other) for other in known.values()]
        familiarity = float(torch.stack(by_others).amax(0).mean()) if by_others else 0.0
        if familiarity >= _KNOWN:
            return
        self._settled[name], self._familiarity[name] = one, familiarity
        if len(self._settled) > MOST_SETTLED:
            missed_least = max(self._settled, key=lambda other: self._familiarity[other])
            del self._settled[missed_least]


def key_frames(take: Take) -> tuple[int, ...]:
    """The first frame that shows nothing else, and of a long shot the last."""
    pure = take.pure
    return (pure.start, pure.stop - 1) if len(pure) > _LONG_FRAMES else (pure.start,)
