"""Arrays that are kept with their own SHA-256."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tcvc_cli.run.resume.vouching.sealed import sealed_bytes, unsealed_bytes


def sealed_arrays(arrays: Mapping[str, ArrayLike], name: str) -> bytes:
    """Of any shapes and dtypes but Python's objects, sealed under `name`."""
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **arrays)
    return sealed_bytes(content.getvalue(), name)


def unsealed_arrays(content: bytes, name: str) -> dict[str, NDArray[Any]]:
    """What `sealed_arrays` was given, exactly. Raises ValueError for anything else."""
    inside = unsealed_bytes(content, name)
    try:
        with np.load(io.BytesIO(inside), allow_pickle=False) as arrays:
            return dict(arrays)
    except (OSError, EOFError, KeyError, TypeError, AttributeError, BadZipFile) as error:
        raise ValueError(f"it holds no arrays: {error}") from error
