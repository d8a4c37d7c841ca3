"""The tool's own walk on pictures in memory, for benchmarks that compare its parts."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from tcvc_cli.color.lightness import lightness_from_luma, small_lightness
from tcvc_cli.color.upsample import upsample_ab
from tcvc_cli.measure.appraisal import Appraisal
from tcvc_cli.model.colorizer import BUILT_IN, DEFAULT, VividColorizer
from tcvc_cli.model.engine import AGREEMENT, Engine
from tcvc_cli.model.networks.anchored import AnchoredColorizer
from tcvc_cli.model.runtime import choose_device, load_network, precision_on
from tcvc_cli.model.shot import color_shot, coloring_of
from tcvc_cli.plan.model_size import model_size
from tcvc_cli.plan.steps import InWindows
from tcvc_cli.plan.takes import Take
from tcvc_cli.plan.windows import DEFAULT_OVERLAP_FRAMES
from tcvc_cli.records import Clip, Shot, Window
from tcvc_cli.run.appraise.meter import SegmentMeter

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]


def grey_luma(picture: Bytes) -> Bytes:
    """(H, W, 3) RGB -> BT.601 luma, full range."""
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)


def resized(planes: Floats, size: tuple[int, ...]) -> Floats:
    """(h, w) or (h, w, C) -> `size` (H, W): means of areas where it shrinks, bilinear where it grows."""
    if planes.shape[:2] == size:
        return planes
    how = cv2.INTER_LINEAR if size[0] > planes.shape[0] else cv2.INTER_AREA
    return np.asarray(cv2.resize(np.ascontiguousarray(planes), size[::-1], interpolation=how), np.float32)


def add_model(parser: argparse.ArgumentParser) -> None:
    """Options that say which network is judged."""
    own = [name for name, network in BUILT_IN.items() if network.abilities.takes_hints]
    parser.add_argument("--model", choices=own, default=DEFAULT)
    parser.add_argument("--weights", type=Path, metavar="FILE", help="others than those that ship")
    parser.add_argument("--vivid", type=float, help="of tcvc-dino, 0 to 1")


def chosen_network(chosen: argparse.Namespace) -> AnchoredColorizer:
    """What the options of `add_model` name."""
    device = choose_device("auto")
    network = cast(AnchoredColorizer, load_network(chosen.model, device, chosen.weights))
    if chosen.vivid is not None:
        cast(VividColorizer, network).choose_vividness(chosen.vivid)
    return network


class Colorizer:
    """A network, the default one if none is given, on frames in memory (8-bit luma, full range)."""

    def __init__(
        self,
        network: AnchoredColorizer | None = None,
        *,
        model_size_px: int | None = None,
        saturation: float = 1.0,
        palette: int = 0,
    ) -> None:
        self._device = choose_device("auto")
        if network is None:
            network = cast(AnchoredColorizer, load_network(DEFAULT, self._device))
        self.network = network
        self.network.choose_palette(palette)
        self._model_size_px, self._saturation = (
            model_size_px or self.network.abilities.native_size_px,
            saturation,
        )

    def lightness(self, luma: Sequence[Bytes]) -> torch.Tensor:
        """(T, 1, H, W) at model size."""
        height, width = luma[0].shape
        size = model_size(
            width,
            height,
            sample_aspect=Fraction(1),
            short_side_px=self._model_size_px,
            multiple=self.network.abilities.stride,
        )
        small = [
            small_lightness(frame, bit_depth=8, full_range=True, width_px=size[0], height_px=size[1])
            for frame in luma
        ]
        return torch.from_numpy(np.stack(small))[:, None]

    def photograph(self, luma: Bytes) -> Floats:
        """(H, W, 2) ab."""
        return self.enlarge(self.by_frame(self.lightness([luma]))[0], luma)

    @torch.inference_mode()
    def photograph_with_hints(self, luma: Bytes, ab: Floats, places: Sequence[tuple[int, int]]) -> Floats:
        """(H, W, 2) ab, conditioned with confidence 1 on `ab` (H, W, 2) at `places` (row, column)."""
        lightness, stride = self.lightness([luma]), self.network.abilities.stride
        h, w = (side // stride for side in lightness.shape[-2:])
        hints = torch.zeros(1, 3, h, w)
        for y, x in places:
            cell = y * h // luma.shape[0], x * w // luma.shape[1]
            hints[0, :, *cell] = torch.tensor([*ab[y, x], 1.0])
        states = self.network.anchor_states(lightness.to(self._device), hints.to(self._device))
        return self.enlarge(self.network.ab(states)[0].cpu().numpy(), luma)

    def by_frame(self, lightness: torch.Tensor) -> Floats:
        """(T, 2, h, w) ab of the anchor network alone, every frame on its own."""
        engine = Engine(self.network, precision_on(self._device), agreement=0)
        alone = [engine.window(frame[None], Window((Clip(0, 0),), (Fraction(1),))).ab for frame in lightness]
        return torch.cat(alone).numpy()

    def film(
        self,
        lightness: torch.Tensor,
        *,
        interval: int = 16,
        overlap: int = DEFAULT_OVERLAP_FRAMES,
        agreement: float = AGREEMENT,
    ) -> Floats:
        """(T, 2, h, w) ab of one shot through windows, propagation and blending."""
        engine = Engine(self.network, precision_on(self._device), agreement=agreement)
        steps = InWindows(interval, overlap).steps(Take(Shot(0, len(lightness))))
        colors = color_shot(coloring_of("windows", engine), steps, iter(lightness[:, 0].numpy()))
        return np.stack(list(colors))

    def appraised(self, lightness: torch.Tensor, *, interval: int = 16) -> tuple[Floats, Appraisal]:
        """(T, 2, h, w) ab of one shot as `film` has it, and what the tool says of it meanwhile."""
        engine, count = Engine(self.network, precision_on(self._device)), len(lightness)
        steps = InWindows(interval).steps(Take(Shot(0, count)))
        anchors = [one for step in steps for one in step.window.anchors if one < step.next_start]
        meter = SegmentMeter(engine, range(count), anchors=anchors)
        frames, found = lightness[:, 0].numpy(), list[Floats]()
        for ab in color_shot(coloring_of("windows", engine), steps, iter(frames)):
            meter.add(len(found), frames[len(found)], ab)
            found.append(ab)
        appraisal = meter.result()
        assert appraisal is not None
        return np.stack(found), appraisal

    def enlarge(self, ab: Floats, luma: Bytes) -> Floats:
        """(2, h, w) -> (H, W, 2) at the size of `luma`, as the tool paints it."""
        guide = lightness_from_luma(luma, bit_depth=8, full_range=True)
        if ab.shape[1] >= guide.shape[0] and ab.shape[2] >= guide.shape[1]:
            return resized(ab.transpose(1, 2, 0), guide.shape) * np.float32(self._saturation)
        small = np.asarray(cv2.resize(guide, ab.shape[:0:-1], interpolation=cv2.INTER_AREA), np.float32)
        large = upsample_ab(np.ascontiguousarray(ab.transpose(1, 2, 0)), small, guide)
        return np.asarray(large * np.float32(self._saturation), np.float32)
