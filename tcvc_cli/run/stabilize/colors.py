"""The steadied colours of a whole film, frame by frame: shot by shot, and mixed where one shot is dissolved
into the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.model.steady.shot import GivenColors, Steadier
from tcvc_cli.plan.takes import Take, takes
from tcvc_cli.records import Shot
from tcvc_cli.run.stabilize.gauge import Gauge
from tcvc_cli.run.stabilize.matching import FramesOfTakes

Floats = NDArray[np.float32]


class SteadyColors:
    """Holds one window of frames, and the colours of one dissolve. `gauge` hears how steady they are."""

    def __init__(self, shots: Sequence[Shot], reach_frames: int, gauge: Gauge) -> None:
        self._takes = takes(shots)
        self._steadier = Steadier(reach_frames)
        self._gauge = gauge
        self._mixed: dict[int, Floats] = {}  # colours of the shot that ends, in the dissolve it ends in
        self._seen: dict[int, GivenColors] = {}

    def colors(self, frames: Iterator[GivenColors]) -> Iterator[Floats]:
        """ab (2, h, w) of every frame, in order."""
        source = FramesOfTakes(frames)
        for take in self._takes:
            if take.shot.dissolve is None:
                self._gauge.cut()
            steadied = self._steadier.steadied(take.seen, self._watched(source.of(take), take))
            for number, ab in enumerate(steadied, take.start):
                given = self._seen.pop(number)
                if number >= take.stop:
                    self._mixed[number] = ab
                else:
                    shown = self._shown(take, number, ab)
                    self._gauge.add(given.lightness, given.ab, shown)
                    yield shown

    def _watched(self, frames: Iterator[GivenColors], take: Take) -> Iterator[GivenColors]:
        for number, given in enumerate(frames, take.start):
            self._seen[number] = given
            yield given

    def _shown(self, take: Take, number: int, ab: Floats) -> Floats:
        """In a dissolve the colours of both shots, mixed as the picture is mixed of theirs."""
        dissolve = take.shot.dissolve
        if dissolve is None or number >= dissolve.stop:
            return ab
        share = np.float32(dissolve.share(number))
        return np.asarray((1 - share) * self._mixed.pop(number) + share * ab, np.float32)
