"""What the FFmpeg inside PyAV can do on this machine."""

from __future__ import annotations

import av

from tcvc_cli.media.encode import ENCODERS


def libraries() -> str:
    """For example `avcodec 62.3.100`."""
    return f"avcodec {'.'.join(map(str, av.library_versions['libavcodec']))}"


def missing_presets() -> tuple[str, ...]:
    """The presets whose encoder is not there."""
    return tuple(name for name, one in ENCODERS.items() if one.codec not in av.codecs_available)
