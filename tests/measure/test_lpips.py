from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from tcvc_cli.errors import WeightsMissing, WeightsRefused
from tcvc_cli.measure.lpips import LpipsMeter
from tcvc_cli.model.networks.lpips import Lpips, load_lpips
from tests.material.present import present

GIVEN = os.environ.get("TCVC_LPIPS_WEIGHTS")


@pytest.fixture
def random_weights(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    state = {
        name: value.abs() if name.startswith("lin") else value for name, value in Lpips().state_dict().items()
    }
    path = tmp_path / "lpips.safetensors"
    save_file(state, path)
    return path


@pytest.mark.skipif(GIVEN is None, reason="TCVC_LPIPS_WEIGHTS names no weights")
def test_distance_equals_the_published_one() -> None:
    generator = torch.Generator().manual_seed(42)
    a, b = (torch.rand(2, 3, 100, 100, generator=generator) * 2 - 1 for _ in range(2))
    torch.testing.assert_close(
        load_lpips(Path(present(GIVEN)))(a, b), torch.tensor([0.1024, 0.0938]), atol=6e-5, rtol=0
    )


def test_equal_pictures_have_no_distance_and_worse_ones_more(random_weights: Path) -> None:
    meter = LpipsMeter(random_weights)
    generator = np.random.default_rng(0)
    picture, noise = generator.random((40, 50, 3)), generator.normal(0, 1, (40, 50, 3))
    assert meter.between(picture, picture) == 0
    little, much = (meter.between(np.clip(picture + s * noise, 0, 1), picture) for s in (0.02, 0.3))
    assert 0 < little < much


def test_pictures_that_are_too_small_are_refused(random_weights: Path) -> None:
    meter = LpipsMeter(random_weights)
    assert meter.between(np.zeros((17, 17, 3)), np.ones((17, 17, 3))) >= 0
    with pytest.raises(ValueError, match="17 px"):
        meter.between(np.zeros((16, 40, 3)), np.ones((16, 40, 3)))


def test_wrong_weights_are_refused(tmp_path: Path, random_weights: Path) -> None:
    with pytest.raises(WeightsMissing, match="nowhere"):
        load_lpips(tmp_path / "nowhere.safetensors")
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(random_weights.read_bytes()[:1000])
    other = tmp_path / "other.safetensors"
    save_file({"features.0.weight": torch.zeros(1)}, other)
    for path in (broken, other):
        with pytest.raises(WeightsRefused, match=path.name):
            load_lpips(path)
