"""Frames of a shot that were coloured before the shots are, on disk until the film is finished."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.files import always, draft_of
from tcvc_cli.plain import from_json, to_json
from tcvc_cli.reading import read_plain
from tcvc_cli.run.resume.vouching.sealed_arrays import sealed_arrays, unsealed_arrays

_MOST_BYTES: Final = 1 << 30  # of two frames, however large


@dataclass(frozen=True, slots=True)
class SettledFrames:
    """By the `frames` (n,) of the film: `places` (n, SIZE, h, w), the bits of bfloat16, and `lab`
    (n, 3, h, w) float32 CIE units. `chosen` names the pictures that counted for them."""

    frames: tuple[int, ...]
    chosen: tuple[str, ...]
    places: NDArray[np.uint16]
    lab: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _About:
    frames: tuple[int, ...]
    chosen: tuple[str, ...]


def write_settled(path: Path, settled: SettledFrames) -> None:
    """Raises what `draft_of` does."""
    about = np.frombuffer(to_json(_About(settled.frames, settled.chosen)).encode(), np.uint8)
    arrays: dict[str, NDArray[Any]] = {"about": about, "places": settled.places, "lab": settled.lab}
    with draft_of(path, may_replace=always, folder=path.parent) as draft:
        draft.write_bytes(sealed_arrays(arrays, path.name))


def read_settled(path: Path) -> SettledFrames | None:
    """What `write_settled` wrote under this very name, exactly; None where there is nothing of the kind."""
    try:
        arrays = unsealed_arrays(read_plain(path, _MOST_BYTES), path.name)
        about, places, lab = (arrays[name] for name in ("about", "places", "lab"))
        said = from_json(_About, about.tobytes())
    except (OSError, ValueError, KeyError):
        return None
    if (
        places.dtype != np.uint16
        or lab.dtype != np.float32
        or not len(said.frames) == len(places) == len(lab)
    ):
        return None
    return SettledFrames(said.frames, said.chosen, places, lab)
