"""Whether a result is the one that a run would make."""

from __future__ import annotations

import json

from tcvc_cli.run.fingerprint import ingredients
from tcvc_cli.run.job import Job
from tcvc_cli.run.sidecar import sidecar_path
from tcvc_cli.run.source import Source, source_of


def is_done(job: Job) -> bool:
    """By the fingerprint in the sidecar beside it, whatever the files are called. The film is read whole
    when its size or time is another than when the sidecar was written."""
    try:
        stated = json.loads(sidecar_path(job.output).read_text("utf-8"))
        source = stated["source"]
        seen = Source(source["bytes"], source["modified_ns"], source["sha256"])
        fingerprint = stated["fingerprint"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    if not job.output.exists():
        return False
    return bool(ingredients(job, source_of(job.film.path, seen)).fingerprint == fingerprint)
