"""Every planted fault, in the order of docs/verify.md."""

from __future__ import annotations

from tests.material.planted.fault import Fault
from tests.material.planted.film_faults import PICTURES, SOUNDS, TEXTS
from tests.material.planted.matroska_faults import ATTACHMENT_FAULTS, CHAPTER_FAULTS, TAG_FAULTS, TRACK_FAULTS
from tests.material.planted.still_faults import STILL_FAULTS

FAULTS: tuple[Fault, ...] = (
    *PICTURES,
    *SOUNDS,
    *TEXTS,
    *CHAPTER_FAULTS,
    *TAG_FAULTS,
    *TRACK_FAULTS,
    *ATTACHMENT_FAULTS,
    *STILL_FAULTS,
)
