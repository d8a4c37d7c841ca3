"""Which libraries of FFmpeg pixels and packets went through."""

from __future__ import annotations

import av


def ffmpeg_versions() -> dict[str, str]:
    """Version of each of FFmpeg's libraries inside PyAV, by name, and of the release as `ffmpeg`."""
    libraries = {name: ".".join(map(str, parts)) for name, parts in sorted(av.library_versions.items())}
    return {"ffmpeg": av.ffmpeg_version_info, **libraries}
