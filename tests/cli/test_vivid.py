"""More or less vivid, with the default network."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from tcvc_cli.errors import UsageError
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.options.film import Options
from tests.material.present import present


def test_vivid_is_the_same_picture_with_other_amounts_of_colour(tmp_path: Path) -> None:
    film = tmp_path / "cup.png"
    cv2.imwrite(str(film), cv2.cvtColor(data.coffee()[::3, ::3], cv2.COLOR_RGB2GRAY))
    results = []
    for vivid in (0.0, 1.0):
        output = tmp_path / f"{vivid}.png"
        list(colorize(Options(input=film, output=output, vivid=vivid)))
        results.append(present(cv2.imread(str(output))).astype(int))
    calm, vivid_one = (np.ptp(one, axis=2).mean() for one in results)
    assert calm > 1
    assert vivid_one > 1.05 * calm


@pytest.mark.parametrize("wrong", [-0.1, 1.1])
def test_other_shares_are_refused(wrong: float) -> None:
    with pytest.raises(UsageError, match="--vivid"):
        Options(input=Path("film.mkv"), vivid=wrong)
