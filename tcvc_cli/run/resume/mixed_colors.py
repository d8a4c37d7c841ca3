"""The colours that a shot gives to frames of a dissolve, on disk until the film is finished."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.errors import OutputError
from tcvc_cli.files import always, draft_of
from tcvc_cli.run.resume.vouching.sealed import sealed_bytes, unsealed_bytes

Floats = NDArray[np.float32]


def write_mixed(path: Path, colors: Mapping[int, Floats]) -> None:
    """`colors` are ab (2, h, w) in CIE units by frame number. Raises what `draft_of` does."""
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, frames=np.array(list(colors)), ab=np.stack(list(colors.values())))
    with draft_of(path, may_replace=always, folder=path.parent) as draft:
        draft.write_bytes(sealed_bytes(content.getvalue(), path.name))


def read_mixed(path: Path) -> dict[int, Floats]:
    """What `write_mixed` wrote under this very name, exactly. Raises OutputError."""
    try:
        content = io.BytesIO(unsealed_bytes(path.read_bytes(), path.name))
        with np.load(content, allow_pickle=False) as arrays:
            return dict(zip(map(int, arrays["frames"]), arrays["ab"], strict=True))
    except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise OutputError(
            f"{path} cannot be used: {error}", "Run the same command again, which makes it anew."
        ) from error
