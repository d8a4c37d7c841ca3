"""What a run remembers of its own events, for the sidecar: how long each stage took, and the proof."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import closing
from typing import TypeVar

from tcvc_cli.measure.proof.compare import Proof
from tcvc_cli.run.estimating.pace import Stopwatch
from tcvc_cli.run.events import Event, Proved, StageStarted

T = TypeVar("T")
_BEFORE, _PROOF = "prepare", "proof"  # prepare: probing, and loading the network


class Record:
    """Sees every event that passes through `watch`."""

    def __init__(self) -> None:
        self.proof: Proof | None = None
        self.stopwatch = Stopwatch()
        self._started = time.monotonic()
        self._stage, self._since = _BEFORE, time.monotonic()
        self._seconds: dict[str, float] = {}

    def watch(self, events: Generator[Event, None, T]) -> Generator[Event, None, T]:
        """The same events, and the same value at the end."""
        with closing(events):
            while True:
                try:
                    event = next(events)
                except StopIteration as end:
                    value: T = end.value
                    return value
                self._see(event)
                yield event

    @property
    def seconds(self) -> float:
        """Since the run began."""
        return time.monotonic() - self._started

    def timings(self) -> dict[str, float]:
        """Seconds by stage, in the order in which they began, up to now."""
        self._begin(self._stage)
        return {stage: round(seconds, 3) for stage, seconds in self._seconds.items()}

    def _see(self, event: Event) -> None:
        self.stopwatch.see(event)
        if isinstance(event, StageStarted):
            self._begin(event.stage)
        elif isinstance(event, Proved):
            self.proof = event.proof
            if self._stage == _PROOF:
                return
            self._begin(self._stage)
            self._seconds[self._stage] -= event.seconds
            self._seconds[_PROOF] = event.seconds

    def _begin(self, stage: str) -> None:
        now = time.monotonic()
        self._seconds[self._stage] = self._seconds.get(self._stage, 0.0) + now - self._since
        self._stage, self._since = stage, now
