"""How long a window may be in so much memory."""

from __future__ import annotations

from dataclasses import dataclass

BASE_BYTES = 700 * 2**20  # the libraries, the network, the decoder's and the encoder's own frames
PAINTING_BYTES_PER_PX = 80  # while one frame's colours are brought to size and turned into Cb and Cr
MODEL_BYTES_PER_PX = 160  # of the model's input, for each frame of a window


@dataclass(frozen=True, slots=True)
class Need:
    """What a film asks for. `queued_frames` wait before and behind the model, whatever the window."""

    frame_px: int
    frame_bytes: int
    model_px: int
    queued_frames: int

    def bytes_of(self, window_frames: int) -> int:
        """An estimate on the safe side of all memory that a run with such windows takes."""
        held = (2 * window_frames + self.queued_frames) * self.frame_bytes  # the next window is in the works
        model = window_frames * self.model_px * MODEL_BYTES_PER_PX
        return BASE_BYTES + self.frame_px * PAINTING_BYTES_PER_PX + held + model


def clips_that_fit(need: Need, budget_bytes: int, *, interval_frames: int, most: int) -> int:
    """The largest number of clips a window, up to `most`, that stays in the budget; 0 when not even one."""
    for clips in range(most, 0, -1):
        if need.bytes_of(interval_frames * clips + 1) <= budget_bytes:
            return clips
    return 0
