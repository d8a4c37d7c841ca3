"""How steady colours are before and after, as the model sees them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.measure.warp_error import FlowMeter, Motion, SteadinessMeter
from tcvc_cli.run.events import Steadied

Floats = NDArray[np.float32]


class Gauge:
    """Sees every frame of a film in order; nothing is compared across a cut."""

    def __init__(self) -> None:
        self._flow = FlowMeter()
        self._before, self._after = SteadinessMeter(), SteadinessMeter()

    def cut(self) -> None:
        """The next frame begins a shot."""
        self._flow = FlowMeter()

    def add(self, lightness: Floats, before: Floats, after: Floats) -> None:
        """`lightness` (h, w) L*; `before` and `after` (2, h, w) CIE units."""
        motion: Motion | None = self._flow.add(lightness)
        for meter, ab in ((self._before, before), (self._after, after)):
            meter.add(ab.transpose(1, 2, 0), motion)

    def result(self) -> Steadied:
        before, after = self._before, self._after
        return Steadied(_flicker(before), _flicker(after), before.chroma, after.chroma)


def _flicker(meter: SteadinessMeter) -> float | None:
    found = meter.result()
    return None if found is None else found.flicker
