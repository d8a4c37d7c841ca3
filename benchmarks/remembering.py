"""The tool's walk through one shot in memory, with pictures that it remembers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from benchmarks.clips import Film, true_ab
from benchmarks.coloring import Colorizer, Floats, resized
from tcvc_cli.model.engine import Engine
from tcvc_cli.model.memory.correspondence import coverage
from tcvc_cli.model.memory.describer import STRIDE_PX
from tcvc_cli.model.memory.entries import Fine, Remembered
from tcvc_cli.model.memory.observer import Observed
from tcvc_cli.model.memory.points import GivenPlaces
from tcvc_cli.model.memory.shot_memory import ShotMemory
from tcvc_cli.model.networks.anchored import AnchoredColorizer
from tcvc_cli.model.runtime import choose_device, load_observer, load_spreader, precision_on
from tcvc_cli.model.shot import color_shot, coloring_of
from tcvc_cli.plan.steps import InWindows
from tcvc_cli.plan.takes import Take
from tcvc_cli.records import Shot
from tcvc_cli.run.film_memory.choose import choose
from tcvc_cli.run.film_memory.remembered import pooled


class RememberingTool:
    """Colours films in memory, each as one shot, as `tcvc colorize --refs` once it knows its pictures."""

    def __init__(self, network: AnchoredColorizer, *, interval_frames: int = 16) -> None:
        precision = precision_on(choose_device("auto"))
        self._observer = load_observer(network, precision)
        self._spreader = load_spreader(self._observer, precision)
        self._engine = Engine(network, precision, observer=self._observer)
        self._colorizer, self._method = Colorizer(network), InWindows(interval_frames)

    def given(self, film: Film, frame: int) -> Remembered:
        """A frame of the film in its true colours."""
        return self._entry(film, frame, is_of_this_film=True)

    def pointed(self, film: Film, frame: int, given: GivenPlaces) -> Remembered:
        """A frame of the film for which colours of some places are given."""
        observed = self._observed(self._colorizer.lightness([film.luma[frame]]), is_close=False)
        spread = self._spreader.spread(observed, given)
        entry = self._remembered(film, frame, spread.ab, spread.influence, is_of_this_film=True)
        return replace(entry, kind="pointed")

    def scene(self, film: Film, frame: int) -> Remembered:
        """A frame of another film in its true colours."""
        return self._entry(film, frame, is_of_this_film=False)

    def colors(self, film: Film, memory: Sequence[Remembered] = ()) -> Iterator[Floats]:
        """(H, W, 2) ab of every frame at the size of the film, CIE units."""
        given = frozenset(one.frame for one in memory if one.frame is not None)
        steps = self._method.steps(Take(Shot(0, len(film.luma))), given)
        coloring = coloring_of("windows", self._engine, None, ShotMemory(tuple(memory)))
        lightness = iter(self._colorizer.lightness(film.luma)[:, 0].numpy())
        for luma, ab in zip(film.luma, color_shot(coloring, steps, lightness), strict=True):
            yield self._colorizer.enlarge(ab, luma)

    def explained(self, film: Film, picture: Remembered) -> float:
        """The share of the film's first frame that looks like places of the picture, 0 to 1."""
        return coverage(self._first_places(film), [picture])

    def counts(self, film: Film, picture: Remembered) -> bool:
        """Whether the tool would remember the picture for the film."""
        return bool(choose([self._first_places(film)], {"picture": picture}, 1))

    def _first_places(self, film: Film) -> Tensor:
        return self._places(self._colorizer.lightness(film.luma[:1]))

    def _entry(self, film: Film, frame: int, *, is_of_this_film: bool) -> Remembered:
        height, width = (int(side) for side in self._colorizer.lightness([film.luma[frame]]).shape[-2:])
        ab = resized(true_ab(film.rgb[frame]), (height, width))
        everywhere = np.ones((height, width), np.float32)
        return self._remembered(film, frame, ab, everywhere, is_of_this_film=is_of_this_film)

    def _remembered(
        self, film: Film, frame: int, ab: Floats, opacity: Floats, *, is_of_this_film: bool
    ) -> Remembered:
        lightness = self._colorizer.lightness([film.luma[frame]])
        planes = torch.from_numpy(np.ascontiguousarray(ab)).permute(2, 0, 1)
        cover = torch.from_numpy(opacity)[None]
        share = pooled(cover, STRIDE_PX)
        seen = self._observed(lightness, is_close=is_of_this_film)
        close = None if seen.close_places is None else seen.close_places.bfloat16()
        return Remembered(
            kind="given" if is_of_this_film else "scene",
            places=seen.places.bfloat16(),
            lightness=pooled(lightness[0], STRIDE_PX),
            ab=pooled(planes * cover, STRIDE_PX) / share.clamp(min=1e-6),
            opacity=share,
            frame=frame if is_of_this_film else None,
            fine=None if close is None else Fine(lightness[0], planes, cover, close),
        )

    def _places(self, lightness: Tensor) -> Tensor:
        return self._observed(lightness, is_close=False).places.bfloat16()

    @torch.inference_mode()
    def _observed(self, lightness: Tensor, *, is_close: bool) -> Observed:
        return self._observer.observe(lightness, is_close=is_close)
