"""From the smallest picture to long and thin ones, odd sizes included: luma is kept, colour comes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.options.film import Options, Preset
from tests.material.media_sources import Source, make
from tests.material.present import present

pytestmark = pytest.mark.slow

SIZES = [(16, 16), (17, 16), (16, 17), (33, 19), (640, 16), (16, 240), (321, 35)]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("preset", ["access", "master", "prores"])
def test_sizes(tmp_path: Path, size: tuple[int, int], preset: Preset) -> None:
    source = Source(codec="ffv1", pixel_format="gray", width=size[0], height=size[1], frames=2)
    film = make(tmp_path / "film.mkv", source)
    output = tmp_path / "result.mkv"
    list(colorize(Options(input=film, output=output, preset=preset, model_size_px=64)))
    before, after = (list(read_frames(probe(path))) for path in (film, output))
    assert probe(output).size_px == size
    for one, other in zip(before, after, strict=True):
        if preset == "master":
            np.testing.assert_array_equal(one.luma, other.luma)
        depth = probe(output).pixel_format.bit_depth
        assert np.abs(present(other.cb).astype(int) - (128 << (depth - 8))).max() > 0
