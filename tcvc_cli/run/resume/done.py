"""Whether a result is the one that a run would make."""

from __future__ import annotations

from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.run.provenance.sidecar import stated_fingerprint
from tcvc_cli.run.resume.fingerprint import ingredients
from tcvc_cli.run.resume.source_file import source_of


def is_done(plan: FilmPlan) -> bool:
    """By the fingerprint in the sidecar beside it, whatever the files are called. The film is read whole
    when its size or time is another than when the sidecar was written."""
    stated = stated_fingerprint(plan.output)
    if stated is None:
        return False
    fingerprint, seen = stated
    return ingredients(plan, source_of(plan.film.path, seen)).fingerprint == fingerprint
