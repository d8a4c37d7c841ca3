"""Which libraries of FFmpeg pixels and packets went through, and what each version of PyAV is to be told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import av
from av.container import InputContainer

# Given to `av.open`: PyAV 19 keeps tags that are no UTF-8 as surrogates and writes them as they were; before,
# it could only fail or replace.
UNREADABLE_TAGS: Mapping[str, Any] = (
    {"metadata_errors": "replace"} if hasattr(InputContainer, "metadata_errors") else {}
)


def ffmpeg_versions() -> dict[str, str]:
    """Version of each of FFmpeg's libraries inside PyAV, by name, and of the release as `ffmpeg`."""
    libraries = {name: ".".join(map(str, parts)) for name, parts in sorted(av.library_versions.items())}
    return {"ffmpeg": av.ffmpeg_version_info, **libraries}
