"""The memory of a whole film: what each of its shots is coloured by beside its own frames.

Before the shots are coloured, a few frames of each are, in the order of the film: each with what is
remembered by then, that is every reference and what was settled in the shots before. So the same coat has the
same colour in all of them; and a shot then depends on nothing that is not known before the first is begun,
whoever colours which of them, in whatever order.

What is decided about single shots comes after that: a shot with a palette, references or points of its own,
or one that shows what a point of another shot is about, is settled once more. The others never hear of it, so
that such a decision changes no shot that it is not about.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tcvc_cli.plan.takes import Take, takes
from tcvc_cli.run.computing import Computing
from tcvc_cli.run.events import Event, FramesDone, StageStarted, Warned
from tcvc_cli.run.film.scan import Scan
from tcvc_cli.run.film_memory.alike import alike
from tcvc_cli.run.film_memory.choose import choose_partial
from tcvc_cli.run.film_memory.key_frames import (
    LightnessOf,
    can_be_settled,
    is_memory_of_use,
    key_frames,
    reading_ahead,
)
from tcvc_cli.run.film_memory.pictures import Pictures
from tcvc_cli.run.film_memory.remembered import Rememberer
from tcvc_cli.run.film_memory.settling import Settled, Settler
from tcvc_cli.run.film_memory.take_memory import NO_MEMORY, FilmMemory, TakeMemory
from tcvc_cli.run.looks.film_looks import FilmLooks
from tcvc_cli.run.looks.pointed_frames import PointedFrame, pointed_frames
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.run.references.film_frames import FilmFrames
from tcvc_cli.run.resume.work_folder import has_settled
from tcvc_cli.settings.film.decisions import Look
from tcvc_cli.settings.reference import Reference
from tcvc_cli.trace import span


def remember(
    plan: FilmPlan,
    computing: Computing,
    found: Scan,
    references: tuple[Reference, ...],
    looks: FilmLooks,
    folder: Path,
    made_of: str,
) -> Generator[Event, None, FilmMemory]:
    """Settles a few frames of every shot; what an earlier run has settled in `folder` is taken as it is.

    `made_of` says what else their colours depend on. Without references and points a single shot needs
    nothing.
    """
    numbered = zip(takes(found.shots), looks.shots, strict=True)
    shots = [
        _Shot(number, take, look) for number, (take, look) in enumerate(numbered, 1) if can_be_settled(take)
    ]
    pointed = pointed_frames([one.look for one in shots])
    if not is_memory_of_use(plan.options, len(shots), is_given=bool(references or pointed)):
        return NO_MEMORY
    yield StageStarted("memory", len(shots))
    rememberer = Rememberer(plan, computing, FilmFrames(plan.film, found.stop))
    wanted = [] if has_settled(folder) else [frame for one in shots for frame in key_frames(one.take)]
    by_number = dict[int, Settled]()
    with reading_ahead(wanted, rememberer.lightness) as lightness_of:
        settling = _Settling(rememberer, lightness_of, references, looks, pointed, folder, made_of)
        for count, one in enumerate(shots, 1):
            with span("settle", f"shot {one.number}"):
                by_number[one.number] = settling.settle(one)
            yield FramesDone("memory", count)
    alike = settling.alike(shots, by_number)
    # A shot that is like another waits for that one.
    for one in sorted(shots, key=lambda one: one.look.same_as is not None):
        by_number[one.number] = settling.settle_own(one, by_number)
    if settling.damaged:
        files = "a file" if settling.damaged == 1 else f"{settling.damaged} files"
        yield Warned(f"{files} of settled frames that an earlier run kept, damaged by now, are made again")
    return FilmMemory(
        {one.take.start: _memory_of(one, by_number[one.number], alike) for one in shots},
        settling.pictures,
    )


@dataclass(frozen=True, slots=True)
class _Shot:
    """Its number, from 1."""

    number: int
    take: Take
    look: Look


def _memory_of(shot: _Shot, settled: Settled, alike: Mapping[int, tuple[int, ...]]) -> TakeMemory:
    own_frames = key_frames(shot.take)
    return TakeMemory(shot.number, settled.pictures, settled.own, own_frames, alike.get(shot.number, ()))


class _Settling:
    """Settles one shot after another, first without what is decided about single shots, then with it."""

    def __init__(
        self,
        rememberer: Rememberer,
        lightness_of: LightnessOf,
        references: tuple[Reference, ...],
        looks: FilmLooks,
        pointed: Sequence[PointedFrame],
        folder: Path,
        made_of: str,
    ) -> None:
        plan = rememberer.plan
        self._looks, self._between = looks, plan.options.references_between
        self.pictures = Pictures(rememberer, references, pointed)
        own = set(looks.references)
        self._files = {name: one.file for name, one in self.pictures.references.items()}
        self._for_all = tuple(name for name, file in self._files.items() if file not in own)
        chain = hashlib.sha256("\n".join((made_of, *self._for_all)).encode()).hexdigest()
        self._settler = Settler(
            rememberer,
            self.pictures,
            folder,
            chain,
            is_remembered=not plan.options.is_shot_alone,
            counts_everywhere=self._between is None,
            lightness_of=lightness_of,
        )

    @property
    def damaged(self) -> int:
        """How many files of an earlier run cannot be used."""
        return self._settler.damaged

    def settle(self, shot: _Shot) -> Settled:
        """As if nothing were decided about it alone."""
        take, base = shot.take, self._looks.base
        if not self._for_all or self._between is None:
            return self._settler.settle(take, base, self._for_all)
        # As if there were no references, so that later shots find what they found without them.
        settled = self._settler.settle(take, base, ())
        if take.start <= self._between.last and self._between.first < take.stop:
            settled = self._settler.settle(take, base, self._for_all)
        return settled

    def alike(self, shots: Sequence[_Shot], by_number: Mapping[int, Settled]) -> dict[int, tuple[int, ...]]:
        """By the number of a shot, others that may show the same thing. A locked one has colours of which
        nothing is known here."""
        holders = {frame: one.number for one in shots for frame in key_frames(one.take)}
        chosen = dict[int, list[int]]()
        for number in (one.number for one in shots if not one.look.is_locked):
            frames = map(self.pictures.frame_settled_by, by_number[number].chosen)
            chosen[number] = [holders[frame] for frame in frames if frame in holders]
        return alike(chosen)

    def settle_own(self, shot: _Shot, by_number: Mapping[int, Settled]) -> Settled:
        """With what is decided about it, and with the points of other shots whose things it shows."""
        look, settled = shot.look, by_number[shot.number]
        names = tuple(self._own(shot, settled))
        is_as_base = (look.palette, look.vivid) == (self._looks.base.palette, self._looks.base.vivid)
        if is_as_base and not names and look.same_as is None:
            return settled
        # Colours of another palette would be drawn back to those of the shots before.
        before = settled.chosen if is_as_base else tuple(self._given(settled.chosen))
        like = by_number[look.same_as].own if look.same_as and look.same_as in by_number else ()
        chosen = tuple(dict.fromkeys((*names, *like, *(() if like else before))))
        return self._settler.settle_with(shot.take, look, chosen)

    def _given(self, names: Sequence[str]) -> Iterator[str]:
        return (name for name in names if name in self.pictures.references)

    def _own(self, shot: _Shot, settled: Settled) -> Iterator[str]:
        """What was given for it, and points of other shots whose things it shows."""
        take, pointed = shot.take, self.pictures.pointed
        yield from (name for name, file in self._files.items() if file in shot.look.references)
        inside = {name for name, one in pointed.items() if take.start <= one.frame < take.stop}
        yield from (name for name in pointed if name in inside)
        others = {name: self.pictures.coarse(name) for name in pointed if name not in inside}
        yield from choose_partial(settled.places, others)
