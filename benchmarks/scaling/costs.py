"""What colouring costs one worker, in seconds of one core: numbers that a simulation can be repeated with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.plain import from_json, to_json
from tcvc_cli.plan.anchors import DEFAULT_INTERVAL_FRAMES
from tcvc_cli.plan.windows import DEFAULT_CLIPS_PER_WINDOW, DEFAULT_OVERLAP_FRAMES
from tcvc_cli.run.film.segments import STEPS_PER_PART
from tcvc_cli.run.film_memory.settling import MOST_SETTLED

LONG_SHOT_FRAMES = 48  # as run/film_memory/key_frames.py: a longer one is settled at both ends
SEGMENT_FRAMES = STEPS_PER_PART * (
    DEFAULT_CLIPS_PER_WINDOW * DEFAULT_INTERVAL_FRAMES + 1 - DEFAULT_OVERLAP_FRAMES
)


@dataclass(frozen=True, slots=True)
class Costs:
    """Processor seconds of a worker with one thread; `*_per_picture` is for each key frame and each picture
    that is remembered by then."""

    size: str
    model_size_px: int | None
    start_s: float  # of a process: Python, PyTorch
    load_s: float  # of a film: weights, probing
    scan_s_per_frame: float
    settle_s_per_key_frame: float
    settle_s_per_picture: float
    settle_s_per_frame: float  # reading from one key frame to the next
    open_s_per_shot: float  # of a film whose first pass another worker has made
    color_s_per_frame: float
    color_s_per_shot: float  # beyond its frames
    join_s_per_frame: float
    join_s: float
    keep_s_per_segment: float  # of small pictures, on the wall: files, encoder, journal; a part of the above
    film_bytes_per_frame: float
    result_bytes_per_frame: float
    syncs_per_segment: float
    driver_s_per_event: float | None  # of the one process that hears of everything, with Ray

    def first_pass_s(self, shots: NDArray[np.int64]) -> float:
        """Of a film with shots of so many frames: it cannot be divided."""
        return self.load_s + self.scan_s(shots) + float(self.settling_s(shots).sum())

    def scan_s(self, shots: NDArray[np.int64]) -> float:
        return self.scan_s_per_frame * float(shots.sum())

    def settling_s(self, shots: NDArray[np.int64]) -> NDArray[np.float64]:
        """(n,) of each shot, as if every one showed something new."""
        key_frames, met = _meetings(shots)
        of_pictures = self.settle_s_per_key_frame * key_frames + self.settle_s_per_picture * met
        return np.asarray(of_pictures + self.settle_s_per_frame * shots, np.float64)

    def coloring_s(self, shots: NDArray[np.int64]) -> NDArray[np.float64]:
        """(n,) of each shot."""
        return np.asarray(self.color_s_per_frame * shots + self.color_s_per_shot, np.float64)

    def joining_s(self, shots: NDArray[np.int64]) -> float:
        return self.join_s + self.join_s_per_frame * float(shots.sum())

    def opening_s(self, shots: NDArray[np.int64]) -> float:
        """Before a worker can begin with shots of a film whose first pass another has made."""
        return self.load_s + self.open_s_per_shot * len(shots)

    def film_s(self, shots: NDArray[np.int64]) -> float:
        """All of it, by one worker that runs already."""
        return self.first_pass_s(shots) + float(self.coloring_s(shots).sum()) + self.joining_s(shots)

    def lines(self) -> Iterator[str]:
        """Name and figure of each."""
        for field in fields(self):
            value = getattr(self, field.name)
            yield f"{field.name:24s} {f'{value:.4g}' if isinstance(value, float) else value}"

    @property
    def segment_s(self) -> float:
        """What a worker that dies has done in vain, at most."""
        return SEGMENT_FRAMES * self.color_s_per_frame


def _meetings(shots: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(n,) the key frames of each shot, and with how many pictures they are compared in all."""
    key_frames = np.where(shots > LONG_SHOT_FRAMES, 2, 1)
    return key_frames, key_frames * np.minimum(np.cumsum(key_frames) - key_frames, MOST_SETTLED)


def write_costs(costs: Costs, path: Path) -> None:
    path.write_text(to_json(costs) + "\n", encoding="utf-8")


def read_costs(path: Path) -> Costs:
    """Raises OSError or ValueError."""
    return from_json(Costs, path.read_text(encoding="utf-8"))
