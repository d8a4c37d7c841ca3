"""How fast runs were on this machine, kept from run to run in the folder of pulled weights.

A real run that coloured a film from nothing leaves the pace of its stages here, under a key that says what
that depends on. Nothing hangs on the file: whatever cannot be read is as good as nothing, and is
overwritten; where the folder cannot be written nothing is kept. Of two runs that end at once, one may not be
remembered.
"""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import torch

from tcvc_cli import __version__
from tcvc_cli.errors import TcvcError
from tcvc_cli.files import always, is_plain, plain_draft_of, publish
from tcvc_cli.model.weights.cache import folder
from tcvc_cli.plain import from_json, to_json
from tcvc_cli.run.computing import Computing
from tcvc_cli.run.estimating.pace import Pace
from tcvc_cli.run.estimating.work import work_of
from tcvc_cli.run.film.scan import Scan
from tcvc_cli.run.plan import FilmPlan, prepared
from tcvc_cli.run.provenance.record import Record

ENVIRONMENT: Final = "TCVC_CALIBRATION"
LEAST_FRAMES: Final = 100  # of a run whose pace is kept
_FILE = "calibration.json"
_SCHEMA = 1
_MOST_BYTES = 2**18
_MOST_KEPT = 64
_AS_A_WHOLE = ("remux", "proof")  # stages that are timed from end to end


@dataclass(frozen=True, slots=True)
class Kept:
    """The pace of each stage of runs of one `key`."""

    key: str
    paces: Mapping[str, Pace]


@dataclass(frozen=True, slots=True)
class _File:
    """The newest first."""

    schema: int
    runs: tuple[Kept, ...] = ()


def calibration_path() -> Path | None:
    """`TCVC_CALIBRATION`, or a file in the folder of pulled weights; None where the variable is empty: then
    nothing is kept."""
    chosen = os.environ.get(ENVIRONMENT)
    if chosen is None:
        return folder() / _FILE
    return Path(chosen).expanduser() if chosen else None


def key_of(plan: FilmPlan, computing: Computing) -> str:
    """Equal where runs are equally fast: a hash of all that their speed depends on, but for the pictures.

    The film's size and formats count as they are, not by classes: films come in few sizes, and in a class
    the largest takes twice as long as the smallest.
    """
    film, options = plan.film, plan.options
    parts = (
        __version__,
        torch.__version__,
        _processor(),
        os.cpu_count(),
        _device_name(plan.device),
        plan.precision,
        options.model,
        options.is_ensemble,
        options.is_causal,
        options.is_compat,
        options.is_shot_alone,
        options.memory_shares,  # films that are coloured side by side
        prepared(plan, computing),
        film.size_px,
        film.fields,
        film.pixel_format,
        film.streams[film.video_index].codec,
    )
    return hashlib.sha256(to_json(parts).encode()).hexdigest()


def recall(key: str) -> Mapping[str, Pace]:
    """The pace of each stage that is known; empty where none is."""
    return next((one.paces for one in _read() if one.key == key), {})


def keep(key: str, paces: Mapping[str, Pace]) -> None:
    """As the newest: what was known of a stage moves halfway to its new pace."""
    path = calibration_path()
    if path is None:
        return
    runs = _read()
    known = next((one.paces for one in runs if one.key == key), {})
    met = {stage: known[stage].towards(pace) if stage in known else pace for stage, pace in paces.items()}
    others = (one for one in runs if one.key != key)
    content = to_json(_File(_SCHEMA, (Kept(key, {**known, **met}), *others)[:_MOST_KEPT]))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with plain_draft_of(path) as draft:
            draft.write_text(content, "utf-8")
            publish(draft, path, may_replace=always)
    except (OSError, TcvcError):
        return


def learn(plan: FilmPlan, computing: Computing, found: Scan, record: Record) -> None:
    """At the end of a real run. One that went on from another, a short one, and one that passed shots through
    or was given pictures say little about others, and are not kept."""
    work, watch = work_of(plan, found), record.stopwatch
    is_usual = work.is_grey and not plan.options.references and not plan.options.points
    if watch.has_kept or not is_usual or work.frames < LEAST_FRAMES or watch.segment_count < 2:
        return
    timings = record.timings()
    wholes = {stage: timings.get(stage, 0.0) for stage in _AS_A_WHOLE}
    try:
        paces = watch.paces(work.settled)
        paces |= {stage: Pace(0.0, taken / work.frames) for stage, taken in wholes.items() if taken > 0}
    except ValueError:  # the machine slept meanwhile
        return
    keep(key_of(plan, computing), paces)


def _read() -> tuple[Kept, ...]:
    path = calibration_path()
    try:
        if path is None or not is_plain(path) or path.stat().st_size > _MOST_BYTES:
            return ()
        found = from_json(_File, path.read_bytes())
    except (OSError, ValueError):
        return ()
    return found.runs if found.schema == _SCHEMA else ()


def _device_name(device: str) -> str:
    return torch.cuda.get_device_name(device) if device.startswith("cuda") else device


@cache
def _processor() -> str:
    file = Path("/proc/cpuinfo")
    rows = file.read_text("utf-8", "replace").splitlines() if file.is_file() else []
    names = (row.partition(":")[2].strip() for row in rows if row.startswith("model name"))
    return next(names, platform.processor() or platform.machine())
