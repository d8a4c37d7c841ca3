"""What colouring costs one worker, in seconds of one core: numbers that a simulation can be repeated with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.plain import from_json, to_json
from tcvc_cli.run.film_memory.settling import MOST_SETTLED

# As benchmarks measure them: run/film_memory/key_frames.py and plan/windows.py say why they are these.
LONG_SHOT_FRAMES = 48  # a shot that is longer is settled at both ends
SEGMENT_FRAMES = 4 * (4 * 16 + 1 - 17)  # four windows, less what they share


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
    open_s_per_shot: float  # what another worker has settled, read again
    color_s_per_frame: float
    color_s_per_shot: float  # beyond its frames
    shot_s: float  # of that, what is not the model: measured with small pictures
    join_s_per_frame: float
    join_s: float
    film_bytes_per_frame: float
    result_bytes_per_frame: float
    syncs_per_segment: float
    driver_s_per_event: float  # of the one process that hears of everything, with Ray

    def first_pass_s(self, shots: NDArray[np.int64]) -> float:
        """Of a film with shots of so many frames: it cannot be divided."""
        return self.load_s + self.scan_s(shots) + float(self.settling_s(shots).sum())

    def scan_s(self, shots: NDArray[np.int64]) -> float:
        return self.scan_s_per_frame * float(shots.sum())

    def settling_s(self, shots: NDArray[np.int64]) -> NDArray[np.float64]:
        """(n,) of each shot, as if every one showed something new."""
        key_frames = np.where(shots > LONG_SHOT_FRAMES, 2, 1)
        remembered = np.minimum(np.cumsum(key_frames) - key_frames, MOST_SETTLED)
        each = self.settle_s_per_key_frame + self.settle_s_per_picture * remembered
        return np.asarray(key_frames * each + self.settle_s_per_frame * shots, np.float64)

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

    @property
    def segment_s(self) -> float:
        """What a worker that dies has done in vain, at most."""
        return SEGMENT_FRAMES * self.color_s_per_frame


def write_costs(costs: Costs, path: Path) -> None:
    path.write_text(to_json(costs) + "\n", encoding="utf-8")


def read_costs(path: Path) -> Costs:
    """Raises OSError or ValueError."""
    return from_json(Costs, path.read_text(encoding="utf-8"))
