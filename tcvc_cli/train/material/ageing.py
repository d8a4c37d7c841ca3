"""What film did to a scene: emulsion, tone, blur, grain, scratches. Signals are sRGB grey in [0, 1]."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Floats = NDArray[np.float32]

BT601: Floats = np.array([0.299, 0.587, 0.114], np.float32)


def emulsion(rng: Generator) -> Floats:
    """Weights of R, G, B. Half the time BT.601; else panchromatic or, blind to red, orthochromatic."""
    kind = rng.random()
    if kind < 0.5:
        return BT601
    weights = rng.dirichlet((6.0, 10.0, 4.0)) if kind < 0.85 else rng.dirichlet((1.0, 9.0, 7.0))
    return weights.astype(np.float32)


def grey_of(picture: NDArray[np.uint8], rng: Generator) -> Floats:
    """(H, W, 3) uint8 RGB -> (H, W) signal through a random emulsion."""
    weights = emulsion(rng) / np.float32(255)
    return np.asarray(cv2.transform(picture.astype(np.float32), weights[None]), np.float32).reshape(
        picture.shape[:2]
    )


@cache
def _grain_bank() -> Floats:
    """(8, 512, 512) unit noise of falling sharpness; crops of it serve as grain."""
    rng = np.random.default_rng(0)
    layers = []
    for index in range(8):
        noise = rng.standard_normal((512, 512)).astype(np.float32)
        if index:
            noise = np.asarray(cv2.GaussianBlur(noise, (0, 0), 0.25 * index), np.float32)
        layers.append(noise / noise.std())
    return np.stack(layers)


def add_grain(signal: Floats, sigma: float, rng: Generator) -> Floats:
    """Grain, strongest in the middle tones."""
    h, w = signal.shape
    y, x = rng.integers(0, 513 - h), rng.integers(0, 513 - w)
    noise = _grain_bank()[rng.integers(0, 8), y : y + h, x : x + w]
    return np.asarray(signal + noise * sigma * (0.4 + 2.4 * signal * (1 - signal)), np.float32)


def _tone(signal: Floats, rng: Generator) -> Floats:
    curve = signal ** np.float32(np.exp(rng.normal(0, 0.25)))
    black, white = rng.uniform(-0.08, 0.15), rng.uniform(0.8, 1.08)  # below 0: crushed blacks
    return np.asarray(black + curve * (white - black), np.float32)


def _scratches(signal: Floats, rng: Generator) -> Floats:
    out = signal.copy()
    for _ in range(int(rng.integers(1, 4))):
        x, sign = rng.integers(0, signal.shape[1]), rng.choice((-1, 1))
        out[:, x] += np.float32(sign * rng.uniform(0.1, 0.5))
    for _ in range(int(rng.integers(0, 6))):
        y, x = rng.integers(0, signal.shape[0]), rng.integers(0, signal.shape[1])
        cv2.circle(out, (int(x), int(y)), int(rng.integers(1, 3)), float(rng.random() < 0.5), -1)
    return out


def age(signal: Floats, rng: Generator) -> Floats:
    """(H, W) signal -> the same scene on old film; half the time left as it is."""
    if rng.random() < 0.5:
        return signal
    if rng.random() < 0.6:
        signal = _tone(np.clip(signal, 0, 1), rng)
    if rng.random() < 0.35:
        signal = np.asarray(cv2.GaussianBlur(signal, (0, 0), rng.uniform(0.4, 1.6)), np.float32)
    if rng.random() < 0.5:
        signal = add_grain(signal, float(rng.uniform(0.005, 0.06)), rng)
    if rng.random() < 0.1:
        signal = _scratches(signal, rng)
    return np.clip(signal, 0, 1)
