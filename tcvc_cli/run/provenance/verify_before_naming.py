"""The proof: the finished result is compared with its film just before it gets its name."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tcvc_cli.errors import ProofFailed
from tcvc_cli.measure.proof.compare import Proof, Terms, compare
from tcvc_cli.measure.proof.expected import ExpectedLosses
from tcvc_cli.media.carry.remux import unheard
from tcvc_cli.records import CarriedStream, DroppedStream
from tcvc_cli.run.events import Event, Proved
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.run.reporting import Report


class Verifier:
    """Called with the complete file, which has no name yet; does nothing where no proof is wanted."""

    def __init__(self, plan: FilmPlan) -> None:
        self._plan = plan
        self._proof: Proof | None = None
        self._seconds = 0.0

    def __call__(
        self,
        part: Path,
        carried: Sequence[CarriedStream] = (),
        dropped: Sequence[DroppedStream] = (),
        report: Report | None = None,
    ) -> None:
        """Raises ProofFailed when something was lost or changed that is not reported as dropped. `report` is
        told that the proof has begun, and how many frames are compared."""
        plan = self._plan
        if not plan.options.is_proved:
            return
        started = time.monotonic()
        lost = {one.stream.index: one.lost for one in carried if one.lost}
        expected = ExpectedLosses({one.stream.index: one.why for one in dropped}, lost)
        terms = Terms(expected, start_s=plan.options.part.start_s, end_s=plan.options.part.end_s)
        if report is not None:
            report.begin("proof", then=())
        self._proof = compare(plan.film.path, part, terms, report.frames if report else unheard)
        self._seconds = time.monotonic() - started
        if not self._proof.holds:
            failing = ", ".join(check.subject for check in self._proof.checks if check.verdict == "fails")
            raise ProofFailed(
                f"{plan.output.name} would not be {plan.film.path.name} with colour added: {failing}",
                "Nothing was written; without {is_proved} the result can be looked at.",
            )

    def events(self) -> Iterator[Event]:
        """The event that says what was found, if anything was looked at."""
        if self._proof is not None:
            yield Proved(self._proof.holds, self._proof.is_complete, self._proof, self._seconds)
