"""How colourful a picture is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def colorfulness(rgb: NDArray[Any]) -> float:
    """M of Hasler and Suesstrunk 2003, "Measuring colourfulness in natural images": 0 for grey, about 15
    slightly, 33 moderately, 59 quite, 82 highly, 109 extremely colourful.

    `rgb` (H, W, 3), sRGB on the scale 0 to 255. With rg = R - G and yb = (R + G) / 2 - B,
    M = sqrt(var rg + var yb) + 0.3 sqrt(mean(rg)^2 + mean(yb)^2).
    """
    red, green, blue = np.moveaxis(rgb.astype(np.float64), -1, 0)
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    spread = np.sqrt(red_green.var() + yellow_blue.var())
    return float(spread + 0.3 * np.hypot(red_green.mean(), yellow_blue.mean()))


def colorfulness_difference(result: NDArray[Any], reference: NDArray[Any]) -> float:
    """M(result) - M(reference), signed: below 0 the result is duller, above 0 gaudier."""
    return colorfulness(result) - colorfulness(reference)


def mean_chroma(ab: NDArray[Any]) -> float:
    """Mean of sqrt(a*^2 + b*^2) over the pixels of (..., 2), CIE units."""
    return float(np.hypot(ab[..., 0].astype(np.float64), ab[..., 1]).mean())
