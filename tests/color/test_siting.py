from __future__ import annotations

import numpy as np
import pytest

from tcvc_cli.color.siting import Siting, luma_at_chroma, spread_chroma
from tcvc_cli.records import PixelFormat

FORMATS = {
    "yuv420p": PixelFormat("yuv420p", 8, 1, 1, is_grey=False, is_rgb=False),
    "yuv422p": PixelFormat("yuv422p", 8, 1, 0, is_grey=False, is_rgb=False),
    "yuv440p": PixelFormat("yuv440p", 8, 0, 1, is_grey=False, is_rgb=False),
    "yuv411p": PixelFormat("yuv411p", 8, 2, 0, is_grey=False, is_rgb=False),
    "yuv410p": PixelFormat("yuv410p", 8, 2, 2, is_grey=False, is_rgb=False),
    "yuv444p": PixelFormat("yuv444p", 8, 0, 0, is_grey=False, is_rgb=False),
}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("siting", ["left", "centre"])
@pytest.mark.parametrize("size", [(32, 24), (33, 25), (35, 27), (1, 1), (5, 3)])
def test_size_and_a_flat_picture(name: str, siting: Siting, size: tuple[int, int]) -> None:
    width, height = size
    film = FORMATS[name]
    expected = film.chroma_shape(height, width)
    assert expected == (
        -(-height // 2**film.chroma_shift_y),
        -(-width // 2**film.chroma_shift_x),
    )
    flat = np.full((height, width), 77, np.uint8)
    small = luma_at_chroma(flat, pixel_format=film, siting=siting)
    assert small.shape == expected
    assert small.dtype == np.uint8
    assert (small == 77).all()


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("siting", ["left", "centre"])
def test_on_a_ramp_luma_is_read_where_the_chroma_stands(name: str, siting: Siting) -> None:
    """A ramp tells the position: 16 bits, 64 codes a pixel."""
    film = FORMATS[name]
    step_x, step_y = 2**film.chroma_shift_x, 2**film.chroma_shift_y
    y, x = np.mgrid[0:48, 0:64]
    inside = slice(2, -2)
    across = luma_at_chroma((x * 64).astype(np.uint16), pixel_format=film, siting=siting)
    columns = np.arange(64 // step_x) * step_x + (0 if siting == "left" else (step_x - 1) / 2)
    np.testing.assert_allclose(across[5, inside], (columns * 64)[inside], atol=1)
    down = luma_at_chroma((y * 64).astype(np.uint16), pixel_format=film, siting=siting)
    rows = np.arange(48 // step_y) * step_y + (step_y - 1) / 2
    np.testing.assert_allclose(down[inside, 5], (rows * 64)[inside], atol=1)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("siting", ["left", "centre"])
def test_spread_chroma_puts_a_ramp_back_in_place(name: str, siting: Siting) -> None:
    film = FORMATS[name]
    step_x = 2**film.chroma_shift_x
    width, height = 65, 49
    small_h, small_w = film.chroma_shape(height, width)
    where = np.arange(small_w) * step_x + (0 if siting == "left" else (step_x - 1) / 2)
    ramp = np.tile(where.astype(np.float32), (small_h, 1))
    both = np.stack([ramp, -ramp], axis=-1)
    spread = spread_chroma(both, pixel_format=film, width_px=width, height_px=height, siting=siting)
    assert spread.shape == (height, width, 2)
    inside = slice(step_x, -2 * step_x)
    np.testing.assert_allclose(spread[height // 2, inside, 0], np.arange(width)[inside], atol=0.05)
    np.testing.assert_array_equal(spread[..., 0], -spread[..., 1])
