"""The colours that a shot gives to frames of a dissolve, on disk until the film is finished."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.errors import OutputError
from tcvc_cli.files import always, draft_of
from tcvc_cli.run.resume.vouching.sealed_arrays import sealed_arrays, unsealed_arrays

Floats = NDArray[np.float32]


def write_mixed(path: Path, colors: Mapping[int, Floats]) -> None:
    """`colors` are ab (2, h, w) in CIE units by frame number. Raises what `draft_of` does."""
    arrays = {"frames": np.array(list(colors)), "ab": np.stack(list(colors.values()))}
    with draft_of(path, may_replace=always, folder=path.parent) as draft:
        draft.write_bytes(sealed_arrays(arrays, path.name))


def read_mixed(path: Path) -> dict[int, Floats]:
    """What `write_mixed` wrote under this very name, exactly. Raises OutputError."""
    try:
        arrays = unsealed_arrays(path.read_bytes(), path.name)
        return dict(zip(map(int, arrays["frames"]), arrays["ab"], strict=True))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OutputError(
            f"{path} cannot be used: {error}", "Run the same command again, which makes it anew."
        ) from error
