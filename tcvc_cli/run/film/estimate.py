"""What a run would take: its time by the pace of runs before it, or of a sample, its size by samples."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from tcvc_cli.media.inspect.sizes import picture_sizes
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.write.photograph import write_photograph
from tcvc_cli.run.computing import Computing
from tcvc_cli.run.estimating.calibration import key_of, recall
from tcvc_cli.run.estimating.pace import Pace, expected_s
from tcvc_cli.run.estimating.places import places_in
from tcvc_cli.run.estimating.sample import color_sample
from tcvc_cli.run.estimating.size import (
    color_factor,
    film_factor,
    key_frame_count,
    picture_bytes,
    source_sizes,
    uncolored_sizes,
)
from tcvc_cli.run.estimating.work import Work, work_of
from tcvc_cli.run.events import Basis, Planned
from tcvc_cli.run.film.coloring import paint_shot
from tcvc_cli.run.film.paint import light, paint_photograph
from tcvc_cli.run.film.scan import Scan, scan
from tcvc_cli.run.looks.film_looks import FilmLooks
from tcvc_cli.run.plan import FilmPlan

_COLORED = 3, 33  # places and frames: two clips, with as many anchors a frame as a long window has
_CODED = 24, 25
_READ_BY_PROOF = 2  # films: the original and the result, each as the search for shots reads one
_TIMED_FRAMES = 128


def estimate(plan: FilmPlan, computing: Computing, found: Scan, looks: FilmLooks, begun_s: float) -> Planned:
    """Colours some pieces with the looks of their shots. Writes to a temporary folder only.

    What was done up to here, in `begun_s` seconds, a real run does too, and it takes as long.
    """
    basis: Basis = "sample"
    with tempfile.TemporaryDirectory(prefix="tcvc-") as place:
        folder = Path(place)
        if plan.film.is_photograph:
            further_s, size_bytes = _photograph(plan, computing, found, looks, folder)
        else:
            work, known = work_of(plan, found), recall(key_of(plan, computing))
            sampled, size_bytes = _film(plan, computing, found, looks, folder)
            basis = "calibration" if is_told_by(known, work) else "sample"
            paces = known if basis == "calibration" else with_proof(plan, sampled)
            further_s = expected_s(paces, work.units)
    return Planned(
        shots=found.shots,
        anchors=tuple(anchor for anchors in plan.anchors(found.shots) for anchor in anchors),
        estimated_s=begun_s + further_s,
        estimated_mib=size_bytes / 2**20,
        estimated_from=basis,
    )


def is_told_by(known: Mapping[str, Pace], work: Work) -> bool:
    """Whether every stage's pace is `known`. It is that of frames that are coloured, so a film of which
    shots are passed through is told by a sample."""
    return work.is_grey and work.units.keys() <= known.keys()


def with_proof(plan: FilmPlan, sampled: Mapping[str, Pace]) -> dict[str, Pace]:
    """Where a proof is wanted. One of the sample would tell nothing, for it reads films from their
    beginnings; so the beginning is read once more."""
    if not plan.options.is_proved:
        return dict(sampled)
    started, seen = time.monotonic(), 0
    with closing(scan(plan.film, finds_color=plan.options.color_parts == "keep")) as walk:
        for seen in walk:
            if seen >= _TIMED_FRAMES:
                break
    return {**sampled, "proof": Pace(0.0, _READ_BY_PROOF * (time.monotonic() - started) / seen)}


def _film(
    plan: FilmPlan, computing: Computing, found: Scan, looks: FilmLooks, folder: Path
) -> tuple[Mapping[str, Pace], float]:
    """The paces of a sample, and the bytes of the result."""
    chosen, places = places_in(found.shots, *_COLORED), places_in(found.shots, *_CODED)
    sample = color_sample(plan, computing, found, looks, chosen, folder)
    colored = [picture_sizes(file) for file in sample.files]
    factor = color_factor(colored, uncolored_sizes(plan, chosen, folder))
    plain, source = uncolored_sizes(plan, places, folder), source_sizes(plan, found)
    factor *= film_factor(source.frames, places, found.shots)
    frames, keys = found.stop - found.start, key_frame_count(plan, found)
    return sample.paces, factor * picture_bytes(plain, frames, keys) + source.beside


def _photograph(
    plan: FilmPlan, computing: Computing, found: Scan, looks: FilmLooks, folder: Path
) -> tuple[float, float]:
    """Seconds and bytes: all of it is done."""
    started, file = time.monotonic(), folder / f"sample{plan.output.suffix}"
    look = looks.of_shot(1)
    computing.choose(look)
    lit = (light(plan.film, frame, plan.size_px) for frame in read_frames(plan.film, 0, 1))
    for painted in paint_shot(plan, computing, found.shots[0], lit):
        write_photograph(paint_photograph(plan.film, painted, look.grade), file)
    return time.monotonic() - started, file.stat().st_size
