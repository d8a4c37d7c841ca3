"""Putting a film together whose shots several machines have coloured."""

from __future__ import annotations

import glob
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tcvc_cli.errors import OutputExists, ShotsMissing, UsageError
from tcvc_cli.names import WORK_SUFFIX, work_folder_of
from tcvc_cli.run.events import Event
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.options.film import OnExisting, Options
from tcvc_cli.run.provenance.sidecar import is_result
from tcvc_cli.run.resume import work_folder as work
from tcvc_cli.run.shares.distribution import Joined
from tcvc_cli.run.shares.shared_plan import SharedPlan, shared_plan


@dataclass(frozen=True, slots=True)
class JoinRequest:
    """`output` is the result that the shards were told, or None: the one that there is. The others are as in
    `Options`, and what was asked of the shards is asked for here, too."""

    film: Path
    output: Path | None = None
    work_folder: Path | None = None
    on_existing: OnExisting = "refuse"
    is_proved: bool = False
    has_premis: bool = False
    is_strict: bool = False
    operator: str | None = None
    sign: tuple[Path, Path] | None = None


def join(request: JoinRequest) -> Generator[Event, None, None]:
    """What `colorize` does once all shots are coloured. Raises ShotsMissing with what is missing."""
    folder, shared = _found(request)
    yield from colorize(_options(request, folder, shared), Joined())


def _options(request: JoinRequest, folder: Path, shared: SharedPlan) -> Options:
    """Those of the shards, but for what concerns this machine alone."""
    told = shared.plan.options
    return replace(
        told,
        input=request.film,
        output=request.output or _result(request, folder, shared),
        output_folder=None,
        work_folder=request.work_folder,
        on_existing=request.on_existing,
        is_proved=told.is_proved or request.is_proved,
        has_premis=told.has_premis or request.has_premis,
        is_strict=told.is_strict or request.is_strict,
        operator=request.operator or told.operator,
        sign=request.sign,
        device="auto",
        memory_mib=None,
        trace_file=None,
        is_done_skipped=False,
        is_fresh=False,
        name_tag="",
    )


def _result(request: JoinRequest, folder: Path, shared: SharedPlan) -> Path:
    """The machine that began may know the folder by another name than this one does."""
    is_beside = request.work_folder is None
    return folder.parent / shared.plan.output.name if is_beside else shared.plan.output


def _found(request: JoinRequest) -> tuple[Path, SharedPlan]:
    if request.output is not None:
        folder = work_folder_of(request.output, request.work_folder)
        found = [folder] if folder.is_dir() else []
    else:
        found = list(_about(request.film, request.work_folder or request.film.parent))
    plans = [(one, shared) for one in found if (shared := shared_plan(one)) is not None]
    if not plans:
        _refuse_joined(request)
        message = f"no machine has begun to colour shots of {request.film.name} here"
        raise ShotsMissing(message, "Begin with tcvc colorize {shard} 1/4, or name the result with {output}.")
    if len(plans) > 1:
        names = ", ".join(sorted(shared.plan.output.name for _, shared in plans))
        raise UsageError(f"{request.film.name} is to become {names}", "Say which one with {output}.")
    return plans[0]


def _refuse_joined(request: JoinRequest) -> None:
    """Raises OutputExists where it has been done."""
    film, output = request.film, request.output
    results = (
        [output] if output is not None else sorted(film.parent.glob(f"{glob.escape(film.stem)}.color.*"))
    )
    found = next((one for one in results if is_result(one)), None)
    if found is not None:
        raise OutputExists(
            f"{found} is there already, and no shots wait for a join", "There is nothing to do."
        )


def _about(film: Path, place: Path) -> Iterator[Path]:
    """Work folders in `place` that are about a film of this name; its content says whether it is this one."""
    for folder in sorted(place.glob(f".*{WORK_SUFFIX}")):
        about = work.about(folder)
        if about is not None and about.input.name == film.name:
            yield folder
