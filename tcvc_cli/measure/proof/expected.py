"""What a sidecar accounts for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ExpectedLosses:
    """By index of the original's streams: `drops`, why a stream was left out; `losses`, what was written of
    one that was carried and has no place in the result, such as `mark comment`, `tag FOO`, `language deu`."""

    drops: Mapping[int, str] = field(default_factory=dict)
    losses: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


NO_LOSSES = ExpectedLosses()
