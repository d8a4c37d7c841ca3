"""The last events of a run, numbered as they come."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import Any, Final

from tcvc_cli.plain import read_json
from tcvc_cli.run.events import FramesDone

MOST_EVENTS: Final = 5_000
_COUNTING: Final = FramesDone.__name__


@dataclass(frozen=True, slots=True)
class _Numbered:
    number: int
    event: dict[str, Any]


class EventLog:
    """Of events that count frames only the last is kept, and of all no more than `most`. One thread adds,
    any may ask."""

    def __init__(self, most: int = MOST_EVENTS) -> None:
        self._kept: deque[_Numbered] = deque(maxlen=most)
        self._next = 0
        self._lock = threading.Lock()

    def add(self, line: bytes) -> None:
        """One line of JSON; what is no event is passed over."""
        try:
            event = read_json(line)
        except ValueError:
            return
        if not isinstance(event, dict) or not isinstance(event.get("event"), str):
            return
        with self._lock:
            if event["event"] == _COUNTING and self._kept and self._kept[-1].event["event"] == _COUNTING:
                self._kept.pop()
            self._kept.append(_Numbered(self._next, event))
            self._next += 1

    def since(self, number: int) -> tuple[tuple[dict[str, Any], ...], int]:
        """What is kept of the events from this number on, and the number that the next one gets."""
        with self._lock:
            return tuple(one.event for one in self._kept if one.number >= number), self._next
