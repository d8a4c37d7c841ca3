"""Painting as its formulas say it, plane by plane and operation by operation: what the fast form in
`tcvc_cli.run.film.paint` must equal bit for bit."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.color.chroma_table import HUES, LEVELS, NODES, REACH, TILES_ACROSS, chroma_table
from tcvc_cli.color.grade import Grade
from tcvc_cli.color.grading import graded
from tcvc_cli.color.lab import RGB_FROM_XYZ, WHITE_XYZ
from tcvc_cli.color.lightness import lightness_from_luma, signal_from_codes
from tcvc_cli.color.matrix import Matrix, chroma_codes, matrix_of
from tcvc_cli.records import ColorTags, PixelFormat

Floats = NDArray[np.float32]
Plane = NDArray[Any]

_F_FROM_LAB = np.linalg.inv(np.array([[0.0, 116.0, 0.0], [500.0, -500.0, 0.0], [0.0, 200.0, -200.0]]))
_WINDOW = (3, 3)


def plain_planes(
    luma: Plane, ab: Floats, grade: Grade, *, target: PixelFormat, color: ColorTags, siting: str
) -> tuple[Plane, Plane]:
    """Cb and Cr, in the format `target`, beside `luma` (H, W) for `ab` (2, h, w); the matrix is stated."""
    codes = plain_luma_at_chroma(luma, target, siting)
    guide = lightness_from_luma(codes, bit_depth=target.bit_depth, full_range=color.full_range)
    colors = graded(_at_size(np.ascontiguousarray(ab.transpose(1, 2, 0)), guide), guide, grade)
    matrix = matrix_of(color, height_px=luma.shape[0])
    cb, cr = _chroma(codes, colors, target.bit_depth, color, matrix)
    neutral, span = chroma_codes(target, color)
    return _quantized(cb, neutral, span, codes), _quantized(cr, neutral, span, codes)


def plain_luma_at_chroma(luma: Plane, target: PixelFormat, siting: str) -> Plane:
    """The mean of two means, where the samples stand at the left; as large a border as is needed."""
    step_x, step_y = 1 << target.chroma_shift_x, 1 << target.chroma_shift_y
    if step_x == step_y == 1:
        return luma
    height, width = target.chroma_shape(*luma.shape)
    bottom, right = height * step_y - luma.shape[0], width * step_x - luma.shape[1]
    after = np.pad(luma, ((0, bottom), (0, right)), "edge")
    means = cv2.resize(after, (width, height), interpolation=cv2.INTER_AREA)
    if siting == "centre" or step_x == 1:
        return means
    before = np.pad(luma, ((0, bottom), (step_x - 1, right)), "edge")[:, : width * step_x]
    others = cv2.resize(np.ascontiguousarray(before), (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.addWeighted(others, 0.5, means, 0.5, 0.0))


def plain_small_lightness(luma: Plane, size: tuple[int, int], *, bit_depth: int, full_range: bool) -> Floats:
    """`tcvc_cli.color.lightness.small_lightness`; `size` is (w, h)."""
    height, width = luma.shape
    if width >= 4 * size[0] and height >= 4 * size[1] and width % 2 == 0 and height % 2 == 0:
        luma = cv2.resize(luma, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    how = cv2.INTER_AREA if size[0] <= width and size[1] <= height else cv2.INTER_LINEAR
    codes = cv2.resize(luma.astype(np.float32), size, interpolation=how)
    signal = signal_from_codes(np.asarray(codes, np.float32), bit_depth=bit_depth, full_range=full_range)
    return 116 * _f(_linear(signal)) - 16


def _at_size(ab: Floats, guide: Floats) -> Floats:
    size = guide.shape[::-1]
    if ab.shape[0] >= guide.shape[0] and ab.shape[1] >= guide.shape[1]:
        return np.asarray(cv2.resize(ab, size, interpolation=cv2.INTER_AREA), np.float32)
    small = np.asarray(cv2.resize(guide, ab.shape[1::-1], interpolation=cv2.INTER_AREA), np.float32)
    detail = guide - _bilinear(small, size)
    square = detail * detail
    faded = detail * (square / (square + np.float32(16)))
    enlarged = _bilinear(_slopes(ab, small), size) * faded[..., None] + _bilinear(ab, size)
    window = np.ones(_WINDOW, np.uint8)
    lowest = _bilinear(cv2.erode(ab, window, borderType=cv2.BORDER_REPLICATE), size)
    highest = _bilinear(cv2.dilate(ab, window, borderType=cv2.BORDER_REPLICATE), size)
    return np.minimum(np.maximum(enlarged, lowest), highest)


def _slopes(ab: Floats, lightness: Floats) -> Floats:
    mean_l, mean_ab = _box(lightness), _box(ab)
    variance = _box(lightness * lightness) - mean_l * mean_l
    covariance = _box(ab * lightness[..., None]) - mean_ab * mean_l[..., None]
    return _box(np.asarray(covariance / (np.maximum(variance, 0) + 20.0)[..., None], np.float32))


def _box(values: Floats) -> Floats:
    return np.asarray(cv2.blur(values, _WINDOW, borderType=cv2.BORDER_REPLICATE), np.float32)


def _bilinear(values: Plane, size: tuple[int, ...]) -> Floats:
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_LINEAR), np.float32)


def _chroma(
    codes: Plane, ab: Floats, bit_depth: int, color: ColorTags, matrix: Matrix
) -> tuple[Floats, Floats]:
    """In gamut, in [-0.5, 0.5]."""
    table = chroma_table(matrix)
    signal = signal_from_codes(codes.astype(np.float32), bit_depth=bit_depth, full_range=color.full_range)
    level = signal * np.float32(LEVELS - 1)
    a, b = np.ascontiguousarray(ab[..., 0]), np.ascontiguousarray(ab[..., 1])
    distance, hue = cv2.cartToPolar(a, b)
    reach = cv2.remap(table.reach, hue * np.float32(HUES / (2 * np.pi)), level, cv2.INTER_LINEAR)
    near = np.minimum(1, reach * np.float32(1.02) / np.maximum(distance, np.float32(1e-6)))
    a, b = a * near, b * near
    row, column = np.divmod(np.rint(level), TILES_ACROSS)
    per_unit = np.float32((NODES - 1) / (2 * REACH))
    x, y = a * per_unit + (column * NODES + NODES // 2), b * per_unit + (row * NODES + NODES // 2)
    lightness = cv2.remap(table.lightening, x, y, cv2.INTER_LINEAR) + (116 * _f(_linear(signal)) - 16)
    rgb = matrix.film_from_srgb(_rgb(np.dstack([lightness, a, b])))
    cb, cr = matrix.chroma_from_rgb(rgb, matrix.luma_from_rgb(rgb))
    colored = (a != 0) | (b != 0)
    cb, cr = cb * colored, cr * colored
    (_, red), (green_cb, green_cr), (blue, _) = matrix.rgb_from_chroma.astype(np.float32)
    deltas = cr * red, cb * green_cb + cr * green_cr, cb * blue
    upward = np.maximum(np.maximum.reduce(deltas), np.float32(1e-12))
    downward = np.minimum(np.minimum.reduce(deltas), np.float32(-1e-12))
    share = np.minimum(1, np.minimum((1 - signal) / upward, signal / -downward))
    return cb * share, cr * share


def _rgb(lab: Floats) -> Floats:
    """sRGB, not clipped."""
    offset = np.full(3, 16.0 / 116.0)
    f = cv2.transform(lab.reshape(-1, 1, 3), np.column_stack([_F_FROM_LAB, offset]))
    ratio = np.where(f > 0.2068966, f * f * f, (f - 16 / 116) / 7.787)
    linear = cv2.transform(ratio, RGB_FROM_XYZ * WHITE_XYZ[None, :])
    root = cv2.pow(np.maximum(linear, 0), 1 / 2.4).reshape(linear.shape)
    rgb = np.where(linear > 0.0031308, 1.055 * root - 0.055, linear * 12.92)
    return np.asarray(rgb.reshape(lab.shape), np.float32)


def _linear(signal: Floats) -> Floats:
    curved = np.power((np.maximum(signal, 0) + 0.055) / 1.055, np.float32(2.4))
    return np.where(signal > 0.04045, curved, signal / 12.92)


def _f(ratio: Floats) -> Floats:
    curved = np.power(np.maximum(ratio, 0), np.float32(1 / 3))
    return np.where(ratio > 0.008856, curved, 7.787 * ratio + 16 / 116)


def _quantized(chroma: Floats, neutral: int, span: int, like: Plane) -> Plane:
    codes = np.rint(chroma * np.float32(span) + np.float32(neutral))
    return np.asarray(np.minimum(codes, np.float32(2 * neutral - 1)).astype(like.dtype))
