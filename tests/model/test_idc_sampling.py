"""Warping against the published kernel's own definition, written out pixel by pixel."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from tcvc_cli.model.warp import warp


def _by_definition(image: Tensor, flow: Tensor) -> Tensor:
    """Weights from the unclamped fraction, the four indices clamped (Resample2d)."""
    _, _, height, width = image.shape
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    out = torch.empty_like(image)
    for b in range(image.shape[0]):
        xf, yf = x + flow[b, 0].double(), y + flow[b, 1].double()
        left, top = xf.floor(), yf.floor()
        wx, wy = xf - left, yf - top
        columns = [(left.long() + i).clamp(0, width - 1) for i in (0, 1)]
        rows = [(top.long() + i).clamp(0, height - 1) for i in (0, 1)]
        upper = (1 - wx) * image[b][:, rows[0], columns[0]] + wx * image[b][:, rows[0], columns[1]]
        lower = (1 - wx) * image[b][:, rows[1], columns[0]] + wx * image[b][:, rows[1], columns[1]]
        out[b] = (1 - wy) * upper + wy * lower
    return out


@pytest.mark.parametrize("size", [(24, 40), (7, 5), (1, 9), (6, 1)])
def test_warp_is_the_published_resampling_far_beyond_the_border_too(size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    image, flow = torch.rand(2, 3, *size), torch.randn(2, 2, *size) * 12
    torch.testing.assert_close(warp(image, flow), _by_definition(image, flow), atol=2e-5, rtol=0)


def test_flow_points_to_where_the_pixel_comes_from_x_first() -> None:
    image = torch.zeros(1, 1, 8, 8)
    image[0, 0, 5, 2] = 1
    flow = torch.zeros(1, 2, 8, 8)
    flow[0, 0], flow[0, 1] = -3, 4
    assert torch.nonzero(warp(image, flow)[0, 0] > 0.5).tolist() == [[1, 5]]


def test_sampling_positions_stay_exact_for_half_precision_pictures_and_wide_frames() -> None:
    ramp = (torch.arange(1920) % 2).float().expand(1, 1, 2, 1920)
    moved = warp(ramp.bfloat16(), torch.ones(1, 2, 2, 1920).bfloat16())
    assert moved.dtype == torch.bfloat16
    torch.testing.assert_close(moved[..., :-1].float(), ramp[..., 1:], atol=1e-3, rtol=0)


def test_a_grid_made_in_inference_mode_serves_training_later() -> None:
    flow = torch.zeros(1, 2, 11, 13)
    with torch.inference_mode():
        warp(torch.rand(1, 1, 11, 13), flow)
    image = torch.rand(1, 1, 11, 13, requires_grad=True)
    warp(image, flow.requires_grad_()).sum().backward()  # type: ignore[no-untyped-call]
    torch.testing.assert_close(image.grad, torch.ones_like(image), atol=1e-5, rtol=0)
