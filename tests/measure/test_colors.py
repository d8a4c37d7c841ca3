from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from tcvc_cli.measure.cdc import CdcMeter
from tcvc_cli.measure.colorfulness import colorfulness, colorfulness_difference, mean_chroma
from tests.material.present import present


def _published_cdc(frames: NDArray[Any]) -> NDArray[np.float64]:
    """The definition, with every histogram at hand: (T, H, W, 3) -> divergence of R, G, B."""
    shares = np.stack(
        [[np.histogram(f[..., c], 256, (0, 256))[0] / f[..., c].size for c in range(3)] for f in frames]
    )
    means = []
    for d in (1, 2, 4):
        p, q = shares[:-d], shares[d:]
        with np.errstate(divide="ignore", invalid="ignore"):
            parts = [x * np.log(2 * x / (p + q)) for x in (p, q)]
        means.append((np.nansum(parts, axis=(0, -1)) / 2).mean(axis=0))
    return np.asarray(np.mean(means, axis=0))


@pytest.mark.parametrize("prefix", ["one", "one_n6", "multi"])
def test_cdc_equals_the_published_scripts(prefix: str, root: Path) -> None:
    golden = np.load(root / "tests" / "material" / "golden" / "golden_c.npz")
    meter = CdcMeter()
    for frame in golden[f"{prefix}_u8"]:
        meter.add(frame)
    cdc = meter.result()
    assert cdc is not None
    _, blue, green, red = golden[f"{prefix}_psnr_jsb_jsg_jsr"]
    np.testing.assert_allclose([cdc.blue, cdc.green, cdc.red], [blue, green, red], atol=1e-7, rtol=0)
    assert cdc.mean == pytest.approx(np.mean([blue, green, red]), abs=1e-7)  # theirs is in float32


def test_cdc_of_a_longer_film_equals_the_definition_at_once() -> None:
    generator = np.random.default_rng(0)
    frames = generator.integers(0, 60, (23, 8, 9, 3)) + np.arange(23)[:, None, None, None] * 3
    frames = frames.astype(np.uint8)
    meter = CdcMeter()
    for frame in frames:
        meter.add(frame)
    cdc = present(meter.result())
    assert [cdc.red, cdc.green, cdc.blue] == pytest.approx(list(_published_cdc(frames)), rel=1e-12)


def test_cdc_needs_five_frames_and_is_nothing_for_a_still() -> None:
    meter, frame = CdcMeter(), data.astronaut()[:50, :50]
    for _ in range(4):
        meter.add(frame)
    assert meter.result() is None
    meter.add(frame)
    assert present(meter.result()).mean == 0


def test_colorfulness_of_known_pictures() -> None:
    grey = np.full((10, 10, 3), 90, np.uint8)
    assert colorfulness(grey) == 0
    red = np.zeros((10, 10, 3), np.uint8)
    red[..., 0] = 200  # rg = 200, yb = 100, no spread
    assert colorfulness(red) == pytest.approx(0.3 * np.hypot(200, 100))
    halves = red.copy()
    halves[:5] = (0, 200, 0)  # rg = +-200, yb = 100
    assert colorfulness(halves) == pytest.approx(200 + 0.3 * 100)


def test_colorfulness_difference_has_a_sign() -> None:
    vivid = data.astronaut()
    dull = (0.5 * vivid + 0.5 * vivid.mean(axis=-1, keepdims=True)).astype(np.uint8)
    assert colorfulness_difference(dull, vivid) < -10
    assert colorfulness_difference(vivid, dull) == -colorfulness_difference(dull, vivid)


def test_mean_chroma() -> None:
    assert mean_chroma(np.array([[[3, 4], [0, 0]]], np.float32)) == 2.5
