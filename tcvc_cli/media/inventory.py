"""What the FFmpeg inside PyAV can do on this machine."""

from __future__ import annotations

import av

from tcvc_cli.media.encoders import PRESETS


def libraries() -> str:
    """For example `avcodec 62.3.100`."""
    return f"avcodec {'.'.join(map(str, av.library_versions['libavcodec']))}"


def missing_presets() -> tuple[str, ...]:
    """The presets whose encoder is not there."""
    return tuple(name for name, (codec, _) in PRESETS.items() if codec not in av.codecs_available)
