"""One frame in every colouring that the model has, each without a grade."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tcvc_cli.media.planes import Frame
from tcvc_cli.model.colorizer import BUILT_IN
from tcvc_cli.model.networks.dino import VIVID
from tcvc_cli.records import Clip, Window
from tcvc_cli.run.computing import Computing
from tcvc_cli.run.film.paint import at_size
from tcvc_cli.run.options.colors import PALETTES
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.run.references.sampling import lightness_of
from tcvc_cli.settings.film.decisions import Look

Floats = NDArray[np.float32]
OWN_VIVID: Final = VIVID  # that of the one network of tcvc's own that is vivid at will


@dataclass(frozen=True, slots=True)
class Choice:
    """`vivid` None is the model's own."""

    palette: int
    vivid: float | None = None


@dataclass(frozen=True, slots=True)
class Painter:
    """The network, and what it is to be asked for of each frame."""

    plan: FilmPlan
    computing: Computing

    @property
    def identity(self) -> str:
        """Another one, other colours."""
        plan = self.plan
        size = "x".join(map(str, plan.size_px))
        return f"{plan.options.model} {plan.weights_sha256} {size} {plan.device} {plan.precision}"

    @property
    def choices(self) -> tuple[Choice, ...]:
        """Its own choice, that at both ends of its vividness, and its other palettes."""
        able = self.computing.loaded.colorizer.abilities
        ends = (Choice(0, 0.0), Choice(0, 1.0)) if able.is_vivid_at_will else ()
        others = range(1, min(able.palettes, PALETTES[-1]) + 1)
        return (Choice(0), *ends, *map(Choice, others))

    def colorings(self, frame: Frame, lightness: Floats) -> Iterator[tuple[Choice, Floats]]:
        """Each choice and its colours (h, w, 2) float32 in CIE units, led to the edges in `lightness` (h, w),
        which is that of the same frame."""
        seen = lightness_of(self.plan, frame)
        for choice, ab in zip(self.choices, self._all(seen), strict=True):
            yield choice, at_size(ab, lightness)

    def _all(self, seen: Tensor) -> Iterator[Floats]:
        if self.plan.options.model in BUILT_IN:
            yield from self._looked_at_once(seen)
        else:
            yield from self.one_by_one(seen)

    @torch.inference_mode()
    def _looked_at_once(self, seen: Tensor) -> Iterator[Floats]:
        """What tcvc's own networks see in a frame is the same for all choices."""
        network, precision = self.computing.engine.network, self.computing.engine.precision
        with precision.autocast():
            states = network.anchor_states(seen.to(precision.device), None)
            found = []
            for choice in self.choices:
                self._choose(choice)
                found.append(network.ab(states)[0].float().cpu().numpy())
        yield from found

    def one_by_one(self, seen: Tensor) -> Iterator[Floats]:
        """The same of any network: the frame is a shot of its own for each choice."""
        window = Window((Clip(0, 0),), (Fraction(1),))
        for choice in self.choices:
            self._choose(choice)
            yield self.computing.engine.window(seen, window).ab[0].float().numpy()

    def _choose(self, choice: Choice) -> None:
        self.computing.choose(replace(Look(), palette=choice.palette, vivid=choice.vivid))
