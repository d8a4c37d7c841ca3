"""What a run would take, measured rather than guessed: one window of the film through the whole walk."""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from itertools import islice
from pathlib import Path

from tcvc_cli.color.grade import Grade
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.write.encode import SegmentWriter, output_format
from tcvc_cli.records import Shot
from tcvc_cli.run.computing import Computing
from tcvc_cli.run.events import Planned
from tcvc_cli.run.film.coloring import paint_shot
from tcvc_cli.run.film.paint import light, paint
from tcvc_cli.run.film.scan import Scan
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.settings.film.decisions import Look

_SAMPLE_FRAMES = 17


def estimate(plan: FilmPlan, computing: Computing, found: Scan, look: Look) -> Planned:
    """Colours the beginning of the longest shot, with this look, and multiplies. Writes to a temporary folder
    only."""
    computing.choose(look)
    longest = max(found.shots, key=lambda shot: (not shot.is_in_color, len(shot)))
    sample = replace(longest, stop=min(longest.stop, longest.start + _SAMPLE_FRAMES), dissolve=None)
    with tempfile.TemporaryDirectory(prefix="tcvc-") as folder:
        started = time.monotonic()
        file = Path(folder) / "sample.mkv"
        size_bytes = (
            0 if plan.film.is_photograph else _color_sample(plan, computing, sample, file, look.grade)
        )
        elapsed_s = time.monotonic() - started
    factor = (found.stop - found.start) / len(sample)
    return Planned(
        shots=found.shots,
        anchors=tuple(anchor for anchors in plan.anchors(found.shots) for anchor in anchors),
        estimated_s=elapsed_s * factor,
        estimated_mib=size_bytes * factor / 2**20,
    )


def _color_sample(plan: FilmPlan, computing: Computing, sample: Shot, path: Path, grade: Grade) -> int:
    target = output_format(plan.film, plan.options.encoding)
    frames = islice(read_frames(plan.film, sample.start, sample.stop), len(sample))
    lit = (light(plan.film, frame, plan.size_px) for frame in frames)
    with SegmentWriter(path, plan.film, plan.options.encoding) as writer:
        for painted in paint_shot(plan, computing, sample, lit):
            writer.write(paint(plan.film, target, painted, grade))
    return path.stat().st_size
