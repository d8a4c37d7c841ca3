"""What a run says of itself, as tests ask for it."""

from __future__ import annotations

from collections.abc import Sequence

from tcvc_cli.run.events import Event, Finished


def finished(events: Sequence[Event]) -> Finished:
    """The last event, which must say that the run has finished."""
    last = events[-1]
    assert isinstance(last, Finished)
    return last
