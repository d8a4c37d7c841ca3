"""The slow twin of spreading given colours: untrained, and every frame matched with all that is remembered.

Colours of the frame before are warped along DIS flow at a short side of FLOW_PX, with a confidence that
falls where there and back again disagree, where the lightness is another, and from frame to frame. Where it
is low, the colours are those of the most similar places of the memory: the given frame and every fifth
result, described by the encoder of `tcvc-mini` at strides 8 and 16 of the frame at a short side of PLACES_PX.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, cast

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from benchmarks.coloring import Floats, resized
from tcvc_cli.color.upsample import upsample_ab
from tcvc_cli.model.networks.mini import Mini, grey_input
from tcvc_cli.model.runtime import load_network, precision_on

FLOW_PX: Final = 240
PLACES_PX: Final = 512
_MULTIPLE_PX: Final = 32
_ASTRAY_PX: Final = 1.5  # there and back: at which a place is trusted 1 / e
_SHARPNESS: Final = 50.0  # of the lightness: exp(-_SHARPNESS d^2), d in [0, 1]
_NEAREST: Final = 32
_TEMPERATURE: Final = 0.04
_REMEMBERED_FRAMES: Final = 5  # from one result that is remembered to the next


def by_flow(lightness: Sequence[Floats], given: Floats) -> Iterator[Floats]:
    """ab (H, W, 2) of every frame, CIE units: `given` of the first, carried along the flow alone.

    `lightness` (H, W) L* of every frame.
    """
    size = _size(lightness[0], FLOW_PX, 1)
    flow, ab = _Flow(), resized(given, size)
    yield _enlarged(ab, lightness[0])
    for before, after in pairwise(lightness):
        places, _ = flow.places(resized(before, size), resized(after, size))
        ab = _sampled(ab, places)
        yield _enlarged(ab, after)


def by_flow_and_likeness(lightness: Sequence[Floats], given: Floats, matcher: Matcher) -> Iterator[Floats]:
    """As `by_flow`; where the flow is not confident, colours of what looks like it."""
    size = _size(lightness[0], FLOW_PX, 1)
    flow, ab, confidence = _Flow(), resized(given, size), np.ones(size, np.float32)
    matcher.begin(lightness[0], given)
    yield _enlarged(ab, lightness[0])
    for number, (before, after) in enumerate(pairwise(lightness), 1):
        places, kept = flow.places(resized(before, size), resized(after, size))
        confidence = np.asarray(_sampled(confidence, places) * kept, np.float32)
        features = matcher.features(after)
        matched = resized(matcher.match(features), size)
        share = confidence[..., None]
        ab = np.asarray(share * _sampled(ab, places) + (1 - share) * matched, np.float32)
        if number % _REMEMBERED_FRAMES == 0:
            matcher.remember(features, ab)
        yield _enlarged(ab, after)


class Matcher:
    """The memory of one film at a time, and what is most similar in it."""

    def __init__(self) -> None:
        device = torch.device("cpu")
        self._network, self._precision = cast(Mini, load_network("tcvc-mini", device)), precision_on(device)
        self._places: list[Tensor] = []  # (C, n) each
        self._colors: list[Tensor] = []  # (n, 2) each

    def begin(self, lightness: Floats, ab: Floats) -> None:
        """Forgets all, and remembers (H, W) and (H, W, 2)."""
        self._places, self._colors = [], []
        self.remember(self.features(lightness), ab)

    def remember(self, features: Tensor, ab: Floats) -> None:
        """`features` (C, h, w) of a frame and its colours, of any size."""
        small = resized(ab, tuple(features.shape[1:]))
        self._places.append(features.flatten(1))
        self._colors.append(torch.from_numpy(np.ascontiguousarray(small)).reshape(-1, 2))

    @torch.inference_mode()
    def features(self, lightness: Floats) -> Tensor:
        """(H, W) -> (C, h, w), at every place of length 1."""
        planes = torch.from_numpy(resized(lightness, _size(lightness, PLACES_PX, _MULTIPLE_PX)))
        with self._precision.autocast():
            taps = self._network.encoder(grey_input(planes[None, None]))
        fine, coarse = taps[1].float(), taps[2].float()
        coarse = F.interpolate(coarse, fine.shape[-2:], mode="bilinear", align_corners=False)
        both = [F.normalize(one - one.mean((2, 3), keepdim=True), dim=1) for one in (fine, coarse)]
        return F.normalize(torch.cat(both, 1), dim=1)[0]

    @torch.inference_mode()
    def match(self, features: Tensor) -> Floats:
        """(C, h, w) -> ab (h, w, 2)."""
        _, h, w = features.shape
        known, colors = torch.cat(self._places, 1).bfloat16(), torch.cat(self._colors)
        similarity = features.flatten(1).T.bfloat16() @ known
        best, which = similarity.topk(_NEAREST, 1)
        share = torch.softmax(best.float() / _TEMPERATURE, 1)[..., None]
        return np.asarray((share * colors[which]).sum(1).reshape(h, w, 2).numpy(), np.float32)


class _Flow:
    def __init__(self) -> None:
        self._dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)

    def places(self, before: Floats, after: Floats) -> tuple[Floats, Floats]:
        """Where the pixels of `after` were in `before`, (h, w, 2), and how far that is trusted, (h, w)."""
        bytes_before, bytes_after = (
            np.rint(one * 2.55).clip(0, 255).astype(np.uint8) for one in (before, after)
        )
        still = np.zeros((*after.shape, 2), np.float32)
        back = self._dis.calc(bytes_after, bytes_before, still.copy())
        ahead = np.asarray(self._dis.calc(bytes_before, bytes_after, still.copy()), np.float32)
        h, w = after.shape
        places = np.asarray(np.dstack(np.meshgrid(np.arange(w), np.arange(h))) + back, np.float32)
        astray = np.square(_sampled(ahead, places) + back).sum(-1) / _ASTRAY_PX**2
        unlike = np.square((after - _sampled(before, places)) / 100) * _SHARPNESS
        x, y = places[..., 0], places[..., 1]
        is_inside = (x >= 0) & (x <= w - 1) & (y >= 0) & (y <= h - 1)
        return places, np.asarray(np.exp(-astray - unlike) * is_inside, np.float32)


def _sampled(planes: Floats, places: Floats) -> Floats:
    x, y = places[..., 0], places[..., 1]
    return np.asarray(cv2.remap(planes, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _size(lightness: Floats, short_px: int, multiple_px: int) -> tuple[int, int]:
    """(h, w)."""
    scale = short_px / min(lightness.shape) / multiple_px
    h, w = (max(1, round(side * scale)) * multiple_px for side in lightness.shape)
    return h, w


def _enlarged(ab: Floats, lightness: Floats) -> Floats:
    return upsample_ab(np.ascontiguousarray(ab), resized(lightness, ab.shape[:2]), lightness)
