"""The published test-time path against pictures that the authors' own scripts wrote with the same weights."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from tcvc_cli.measure.cdc import CdcMeter
from tcvc_cli.measure.fidelity import mean_square, psnr_of
from tcvc_cli.model.compat import ab_of_clips
from tcvc_cli.model.networks.idc import TcvcIdc
from tcvc_cli.plan.steps import published_window
from tcvc_cli.records import Clip, Shot
from tests.material.golden_arrays import golden
from tests.material.present import present
from tests.material.published_scripts import lightness_of, multi_sampling, one_sampling

pytestmark = pytest.mark.slow

SIZE_PX = 64  # what the golden pictures were squeezed to, instead of 256


def _pictures(name: str) -> Any:
    return golden("c")[name].numpy()


Pictures = Sequence[NDArray[np.uint8]] | NDArray[np.uint8]


def _scores(result: Pictures, truth: Pictures) -> list[float]:
    """Mean PSNR of the frames; steadiness of B, G and R."""
    meter = CdcMeter()
    for frame in result:
        meter.add(frame)
    cdc = present(meter.result())
    decibels = [
        psnr_of(mean_square(frame, true), peak=255) for frame, true in zip(result, truth, strict=True)
    ]
    return [float(np.mean(decibels)), cdc.blue, cdc.green, cdc.red]


def _assert_published(result: Iterable[NDArray[np.uint8]], name: str) -> None:
    pictures = np.stack(list(result))
    apart = np.abs(pictures.astype(int) - _pictures(f"{name}_u8").astype(int))
    assert apart.max() <= 2
    assert (apart > 1).mean() < 1e-3
    stated = f"{name}_psnr_jsb_jsg_jsr"
    if stated in golden("c"):
        found, published = _scores(pictures, _pictures("rgb")), golden("c")[stated].numpy()
        assert found[0] == pytest.approx(published[0], abs=1e-2)
        np.testing.assert_allclose(found[1:], published[1:], atol=1e-4, rtol=0)


def test_anchors_every_four_frames(model: TcvcIdc) -> None:
    _assert_published(one_sampling(model, _pictures("rgb"), interval_frames=3, size_px=SIZE_PX), "one")


def test_a_tail_of_two_frames(model: TcvcIdc) -> None:
    _assert_published(one_sampling(model, _pictures("rgb"), interval_frames=6, size_px=SIZE_PX), "one_n6")


def test_the_ensemble_is_cut_off_not_rounded(model: TcvcIdc) -> None:
    result = multi_sampling(model, _pictures("rgb"), intervals_frames=(3, 4), size_px=SIZE_PX)
    _assert_published(result, "multi")


def test_grey_of_one_channel_is_taken_for_lightness(model: TcvcIdc) -> None:
    _assert_published(
        one_sampling(model, _pictures("gray"), interval_frames=3, size_px=SIZE_PX), "nogt_gray1"
    )


def test_grey_of_three_channels_is_converted(model: TcvcIdc) -> None:
    grey: Any = np.repeat(_pictures("gray")[..., None], 3, axis=-1)
    _assert_published(one_sampling(model, grey, interval_frames=3, size_px=SIZE_PX), "nogt_gray3")


def _frames(count: int) -> list[Tensor]:
    """Endless enough: (1, 48, 80) L* of the golden pictures, back and forth."""
    pictures = itertools.cycle(_pictures("gray"))
    return [torch.from_numpy(lightness_of(next(pictures)))[None, ::2, ::2] for _ in range(count)]


def _clips(count: int) -> tuple[Clip, ...]:
    """One frame between two anchors."""
    return published_window(Shot(0, count), 2).clips


@pytest.mark.parametrize(("count", "anchors"), [(1, [0]), (2, [0, 1]), (4, [0, 2, 3])])
def test_every_frame_comes_once_and_anchors_are_where_the_scripts_put_them(
    model: TcvcIdc, count: int, anchors: list[int]
) -> None:
    frames = _frames(count)
    found = list(ab_of_clips(model, frames, _clips(count), size_px=SIZE_PX))
    assert [tuple(ab.shape) for ab in found] == [(2, 48, 80)] * count
    for place in range(count):
        (alone,) = ab_of_clips(model, frames[place : place + 1], _clips(1), size_px=SIZE_PX)
        assert (bool((found[place] - alone).abs().max() < 1e-3)) == (place in anchors)


def test_frames_are_taken_only_as_far_as_needed(model: TcvcIdc) -> None:
    taken = 0

    def counted() -> Iterator[Tensor]:
        nonlocal taken
        for frame in _frames(9):
            taken += 1
            yield frame

    next(ab_of_clips(model, counted(), _clips(9), size_px=SIZE_PX))
    assert taken == 3
