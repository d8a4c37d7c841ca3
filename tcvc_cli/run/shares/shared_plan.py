"""What the first machine decides of a film for all that colour shots of it, as a file in the work folder.

Whoever has the film, the folder and this colours any shot as any other would: how long windows are, what is
remembered for which shot, and where frames are found does not depend on the machine from here on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from tcvc_cli.errors import OutputError
from tcvc_cli.files import always, draft_of, is_plain
from tcvc_cli.media.read.seen.frame_index import FrameIndex
from tcvc_cli.run.film.scan import Scan
from tcvc_cli.run.film_memory.kept import KeptMemory
from tcvc_cli.run.looks.film_looks import FilmLooks
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.run.resume.journal import Begun
from tcvc_cli.run.resume.vouching.sealed import sealed, unsealed
from tcvc_cli.run.resume.work_folder import SHARED_PLAN
from tcvc_cli.run.shares.machine import Machine
from tcvc_cli.settings.candidates import find_candidates
from tcvc_cli.settings.reference import Reference

_SEALED_AS: Final = "shared plan"
_MOST_BYTES: Final = 1 << 30  # about fifteen for each frame, and some hundred for each shot


@dataclass(frozen=True, slots=True)
class SharedPlan:
    """`about` is the film and how it is made, `plan` the plan of the film as the part that is coloured shows
    it, and `found` its shots as they are coloured. `machine` has decided all that."""

    about: Begun
    plan: FilmPlan
    found: Scan
    index: FrameIndex | None
    references: tuple[Reference, ...]
    memory: KeptMemory
    machine: Machine
    schema: Literal[2] = 2

    def as_planned(self, plan: FilmPlan) -> FilmPlan:
        """`plan`, which is this machine's own before anything of the film was seen, with what the first one
        decided that another might decide otherwise."""
        made_of = self.about.made_of
        return replace(
            plan,
            clips_per_window=made_of.clips_per_window,
            most_dissolve_frames=made_of.most_dissolve_frames,
            device=self.plan.device,
            precision=self.plan.precision,
        )

    def on_this_machine(self, plan: FilmPlan) -> FilmPlan:
        """The plan of the film as it is seen, with this machine's names of files; `plan` is `as_planned`."""
        return replace(
            plan,
            film=replace(self.found.film, path=plan.film.path),
            size_px=self.plan.size_px,
            clips_per_window=self.plan.clips_per_window,
        )

    def references_here(self, options: Options, looks: FilmLooks) -> tuple[Reference, ...]:
        """The references by this machine's names of their files. Raises as `find_candidates` does."""
        if not self.references:
            return ()
        paths = (*options.references, *looks.base.references, *looks.references)
        return with_files(self.references, {one.sha256: one.path for one in find_candidates(paths).files})


def with_files(references: Sequence[Reference], files: dict[str, Path]) -> tuple[Reference, ...]:
    """The same by other names; `files` are by their SHA-256."""
    return tuple(replace(one, file=files.get(one.sha256, one.file)) for one in references)


def keep_shared_plan(folder: Path, shared: SharedPlan) -> None:
    """Raises what `draft_of` does."""
    with draft_of(folder / SHARED_PLAN, may_replace=always, folder=folder) as draft:
        draft.write_text(sealed(shared, _SEALED_AS), "ascii")


def shared_plan(folder: Path, name: str = SHARED_PLAN) -> SharedPlan | None:
    """What was kept; None where there is none. Raises OutputError for what cannot be read."""
    path = folder / name
    if not is_plain(path):
        return None
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError("it is too large")
        return unsealed(SharedPlan, path.read_bytes(), _SEALED_AS)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise OutputError(
            f"{path} cannot be used: {error}", "Remove what is there with: tcvc clean."
        ) from error
