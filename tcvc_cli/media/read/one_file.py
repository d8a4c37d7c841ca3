"""What libav is told so that it opens the one file that it is given, and no other.

Lists of files, scripts and descriptions of broadcasts are refused by their kind, before their first line
counts: refused afterwards, whatever they name would have been opened already, a pipe or a device among it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from av.format import ContainerFormat, formats_available

_DEVICES: Final = """
    alsa android_camera avfoundation bktr decklink dshow fbdev gdigrab iec61883 jack kmsgrab libcdio libdc1394
    openal oss pulse sndio v4l2 video4linux2 vfwcap x11grab xcbgrab
"""
_OTHERS: Final = frozenset(
    (
        *("concat", "concatf", "hls", "applehttp", "dash", "imf", "webm_dash_manifest"),  # lists of files
        *("vobsub", "mlv"),  # with files beside them, by their own names
        *("sdp", "rtsp", "rtp", "sap"),  # broadcasts
        *("avisynth", "vapoursynth", "lavfi", "svg_pipe", "librsvg"),  # scripts
        *("dvdvideo", "bluray"),  # folders of files
        *_DEVICES.split(),
        *("tty", "ffmetadata", "bin", "data"),  # text, and anything
    )
)


def _films() -> str:
    """The formats that count, as libav takes a list of them."""
    return ",".join(name for name in sorted(formats_available) if not _is_other(name))


def _is_other(names: str) -> bool:
    if _OTHERS.intersection(names.split(",")):
        return True
    try:
        return not ContainerFormat(names, "r").is_input
    except ValueError:
        return False  # one of several names of a format, which is not found by it


ONE_FILE_ALONE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "format_whitelist": _films(),
        "protocol_whitelist": "file",
        "pattern_type": "none",  # a name with %d in it is a name
        "enable_drefs": "0",  # of QuickTime: tracks that lie in other files
        "use_absolute_path": "0",
    }
)
