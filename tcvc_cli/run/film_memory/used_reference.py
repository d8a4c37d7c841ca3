"""Which pictures that were given count, for sidecars and events: without what recalls them."""

from __future__ import annotations

from dataclasses import dataclass

from tcvc_cli.settings.reference import Reference


@dataclass(frozen=True, slots=True)
class UsedReference:
    """A picture that was given, and the numbers of the shots that it counts for, from 1."""

    reference: Reference
    shots: tuple[int, ...]
