"""Shares of hues."""

from __future__ import annotations

import numpy as np
import pytest

from tcvc_cli.measure.hues import brown_share


def turned(degrees: float, chroma: float) -> tuple[float, float]:
    return chroma * float(np.cos(np.radians(degrees))), chroma * float(np.sin(np.radians(degrees)))


@pytest.mark.parametrize(
    ("degrees", "chroma", "expected"),
    [
        (60, 20, 1),
        (16, 20, 1),
        (104, 20, 1),
        (14, 20, 0),
        (106, 20, 0),
        (-120, 20, 0),
        (60, 5, 0),
    ],
)
def test_brown_is_a_quarter_of_the_hues_where_there_is_colour(
    degrees: float, chroma: float, expected: float
) -> None:
    assert brown_share(np.full((3, 4, 2), turned(degrees, chroma))) == expected


def test_it_is_a_share_of_all_pixels() -> None:
    ab = np.zeros((2, 4, 2))
    ab[0, 0] = turned(60, 30)
    assert brown_share(ab) == 1 / 8
