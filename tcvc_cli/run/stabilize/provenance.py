"""The sidecar of a film whose colours were steadied, and its proof, if one was wanted."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from tcvc_cli.files import always, draft_of, never
from tcvc_cli.names import proof_path, sidecar_path
from tcvc_cli.plain import to_json
from tcvc_cli.records import Shot, SyntheticColors
from tcvc_cli.run.beside import proof_json
from tcvc_cli.run.events import Steadied, StreamsCarried
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.run.provenance.record import Record
from tcvc_cli.run.provenance.sidecar import (
    ColoredShot,
    FinishedRun,
    Model,
    SteadiedColors,
    sidecar_json,
    sidecar_of,
)
from tcvc_cli.run.resume.source_file import Source, source_of
from tcvc_cli.run.stabilize.requests import Stabilization
from tcvc_cli.run.stabilize.sources import ColorSource
from tcvc_cli.settings.film.resolve import look_of

METHOD = 2  # one more whenever the same options come to give other pictures
MODEL = "steadied"


@dataclass(frozen=True, slots=True)
class SteadyRun:
    """Everything that the files beside a result tell. `count` is how many frames the colours had."""

    plan: FilmPlan
    source: ColorSource
    request: Stabilization
    shots: tuple[Shot, ...]
    count: int
    steadied: Steadied
    streams: StreamsCarried
    record: Record
    original: Source
    declared: SyntheticColors
    damage: str = ""


def write_sidecar(run: SteadyRun, folder: Path) -> Path:
    """Last of all, and the proof before it; drafts lie in `folder`. Returns its path; raises what `draft_of`
    does."""
    output = run.plan.output
    film, colors = run.original, run.source.sha256()
    finished = FinishedRun(
        plan=run.plan,
        shots=run.shots,
        looks=(look_of(run.plan.options.decisions),) * len(run.shots),
        streams=run.streams,
        proof=run.record.proof,
        timings=run.record.timings(),
        seconds=run.record.seconds,
        source=film,
        fingerprint=_fingerprint(run, film.sha256, colors),
        result=source_of(output),
        declared=run.declared,
        damage=run.damage,
    )
    if finished.proof is not None:
        proof = proof_json(finished.proof, run.plan.film.path, output, finished.hashes)
        _write(run, proof_path(output), proof, folder)
    sidecar = replace(
        sidecar_of(finished),
        model=Model(MODEL, ""),
        shots=tuple(ColoredShot(one.start, one.stop, dissolve=one.dissolve) for one in run.shots),
        steadied=_steadied(run, colors),
    )
    _write(run, sidecar_path(output), sidecar_json(sidecar), folder)
    return sidecar_path(output)


def _steadied(run: SteadyRun, colors_sha256: str) -> SteadiedColors:
    return SteadiedColors(
        file=run.source.path.absolute().name,
        sha256=colors_sha256,
        frames=run.count,
        reach_frames=run.request.reach_frames,
        flicker_before=run.steadied.flicker_before,
        flicker_after=run.steadied.flicker_after,
    )


def _write(run: SteadyRun, path: Path, content: bytes, folder: Path) -> None:
    may_replace = always if run.plan.options.on_existing == "overwrite" else never
    with draft_of(path, may_replace=may_replace, folder=folder) as draft:
        draft.write_bytes(content)


def _fingerprint(run: SteadyRun, film_sha256: str, colors_sha256: str) -> str:
    options = run.plan.options
    made_of = (
        MODEL,
        METHOD,
        film_sha256,
        colors_sha256,
        run.request.reach_frames,
        options.saturation,
        options.encoding,
        run.plan.size_px,
        run.shots,
    )
    return hashlib.sha256(to_json(made_of).encode()).hexdigest()
