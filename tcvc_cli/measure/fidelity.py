"""How near a picture is to the true one: PSNR, SSIM, CIEDE2000, and what is gained over grey."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

AB_PEAK = 255.0  # the field's convention: a* and b* span 256 values when stored in 8 bits
_SSIM_SIGMA = 1.5
_SSIM_RADIUS = 5  # of an 11 x 11 window


def mean_square(result: NDArray[Any], truth: NDArray[Any]) -> float:
    """Mean squared difference over all pixels and channels; two arrays of the same shape."""
    if result.shape != truth.shape:
        raise ValueError(f"{result.shape} and {truth.shape} cannot be compared")
    difference = result.astype(np.float64) - truth
    return float(np.mean(difference * difference))


def decibels(ratio: float) -> float:
    """10 log10, with infinity for a division by nothing (`ratio` = inf)."""
    return float(10 * np.log10(ratio)) if ratio > 0 else -np.inf


def psnr_of(square: float, *, peak: float) -> float:
    """10 log10(peak^2 / `square`) in dB of a mean squared difference; infinite for equal pictures.

    `peak` is 255 for 8-bit code values, 1 for RGB in [0, 1], `AB_PEAK` for a*, b* in CIE units.
    """
    return decibels(peak * peak / square) if square > 0 else np.inf


def gain_over_grey_db(result_ab: NDArray[Any], truth_ab: NDArray[Any]) -> float:
    """How much better than no colour: 10 log10(MSE of ab = 0 / MSE of the result), dB.

    (..., 2) a*, b*, CIE units. The same as the difference of the two ab PSNRs, whatever the peak.
    """
    grey = mean_square(np.zeros_like(truth_ab), truth_ab)
    return gain_of(grey, mean_square(result_ab, truth_ab))


def gain_of(grey_square: float, square: float) -> float:
    """`gain_over_grey_db` of two mean squared differences; 0 where both are nothing."""
    if square == 0:
        return np.inf if grey_square > 0 else 0.0
    return decibels(grey_square / square)


def ssim(result: NDArray[Any], truth: NDArray[Any], *, peak: float) -> float:
    """Mean structural similarity (Wang et al. 2004), each channel apart, averaged.

    Two (H, W, C) pictures of 11 px or more. Gaussian window 11 x 11, sigma 1.5, population covariance,
    K1 = 0.01, K2 = 0.03, mean over where the window fits.
    """
    x, y = result.astype(np.float64), truth.astype(np.float64)
    if x.shape != y.shape or min(x.shape[:2]) <= 2 * _SSIM_RADIUS:
        raise ValueError(f"{x.shape} and {y.shape} cannot be compared; 11 px are the least")
    mean_x, mean_y = _window(x), _window(y)
    variance_x, variance_y = _window(x * x) - mean_x**2, _window(y * y) - mean_y**2
    covariance = _window(x * y) - mean_x * mean_y
    c1, c2 = (0.01 * peak) ** 2, (0.03 * peak) ** 2
    similarity = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    similarity /= (mean_x**2 + mean_y**2 + c1) * (variance_x + variance_y + c2)
    inside = slice(_SSIM_RADIUS, -_SSIM_RADIUS)
    return float(similarity[inside, inside].mean())


def plane_ssim(result: NDArray[Any], truth: NDArray[Any], *, peak: float) -> float:
    """`ssim` of two (H, W) planes in single precision: several times faster, within 1e-4 of it."""
    x, y = (np.asarray(one, np.float32) / np.float32(peak) - np.float32(0.5) for one in (result, truth))
    mean_x, mean_y = _blurred(x), _blurred(y)
    variances = _blurred(x * x + y * y) - mean_x * mean_x - mean_y * mean_y
    covariance = _blurred(x * y) - mean_x * mean_y
    mean_x += 0.5
    mean_y += 0.5
    similarity = (2 * mean_x * mean_y + 0.01**2) * (2 * covariance + 0.03**2)
    similarity /= (mean_x * mean_x + mean_y * mean_y + 0.01**2) * (variances + 0.03**2)
    inside = slice(_SSIM_RADIUS, -_SSIM_RADIUS)
    return float(similarity[inside, inside].mean(dtype=np.float64))


def ciede2000(lab_1: Floats, lab_2: Floats) -> Floats:
    """Colour difference of every pixel (CIE 142-2001; kL = kC = kH = 1): (..., 3) twice -> (...).

    Written after Sharma, Wu and Dalal 2005, whose 34 test pairs it meets.
    """
    (l1, a1, b1), (l2, a2, b2) = (np.moveaxis(np.asarray(lab, np.float64), -1, 0) for lab in (lab_1, lab_2))
    g = 0.5 * (1 - _saturating((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2))
    c1, h1 = _chroma_and_hue((1 + g) * a1, b1)
    c2, h2 = _chroma_and_hue((1 + g) * a2, b2)
    turn = (h2 - h1 + 180) % 360 - 180  # the short way round
    hue = (h1 + turn / 2) % 360
    hue = np.where(c1 * c2 == 0, h1 + h2, hue)
    dl, dc = l2 - l1, c2 - c1
    dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2)
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    s_l = 1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2)
    s_c, s_h = 1 + 0.045 * chroma, 1 + 0.015 * chroma * _hue_weight(hue)
    blue = -np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2)))) * 2 * _saturating(chroma)
    dl, dc, dh = dl / s_l, dc / s_c, dh / s_h
    difference: Floats = np.sqrt(np.maximum(dl**2 + dc**2 + dh**2 + blue * dc * dh, 0))
    return difference


def _saturating(chroma: Floats) -> Floats:
    """sqrt(C^7 / (C^7 + 25^7))."""
    seventh = chroma**7
    return np.asarray(np.sqrt(seventh / (seventh + 25.0**7)), np.float64)


def _chroma_and_hue(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Hue in degrees, 0 to 360; 0 for greys."""
    return np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360


def _hue_weight(hue: Floats) -> Floats:
    return np.asarray(
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63)),
        np.float64,
    )


def _window(values: Floats) -> Floats:
    kernel = cv2.getGaussianKernel(2 * _SSIM_RADIUS + 1, _SSIM_SIGMA, cv2.CV_64F)
    return np.asarray(cv2.sepFilter2D(values, cv2.CV_64F, kernel, kernel), np.float64).reshape(values.shape)


def _blurred(values: NDArray[np.float32]) -> NDArray[np.float32]:
    kernel = cv2.getGaussianKernel(2 * _SSIM_RADIUS + 1, _SSIM_SIGMA, cv2.CV_32F)
    return np.asarray(cv2.sepFilter2D(values, cv2.CV_32F, kernel, kernel), np.float32)
