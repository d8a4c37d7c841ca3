"""One row of a proof: something of the original, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FLOOR_DB = 34.0  # of luma in any frame of a lossy result; docs/verify.md has what the presets give

SECOND_READING = (
    "second reading: "  # before the subjects of rows that the readers of the program have no part in
)

Verdict = Literal["holds", "converted", "dropped", "fails"]


@dataclass(frozen=True, slots=True)
class Check:
    """`subject` is what was looked at, `words` what was found.

    holds: as it was, as far as that was promised. converted: in another form, with the same meaning.
    dropped: not there, and accounted for: the sidecar says so, or the container has no place for it.
    fails: lost or changed.
    """

    subject: str
    verdict: Verdict
    words: str


def judged(subject: str, faults: list[str], words: str) -> Check:
    """Holds with `words`, or fails with the faults."""
    return Check(subject, "fails", "; ".join(faults)) if faults else Check(subject, "holds", words)
