"""The library of C2PA, which is an extra, and the settings under which it never asks the network."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from tcvc_cli.errors import UsageError

_NO_NETWORK: Final = {
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_after_sign": False},
    "builder": {"thumbnail": {"enabled": False}},
}
_EMBEDDED: Final = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".avi": "video/avi",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
}
_BESIDE: Final = {".mkv": "video/x-matroska", ".webm": "video/webm", ".mxf": "application/mxf"}
_ANY: Final = "application/octet-stream"


def library() -> ModuleType | None:
    """None where the extra is not installed."""
    try:
        return import_module("c2pa")
    except ImportError:
        return None


def required_library() -> ModuleType:
    """Raises UsageError where the extra is not installed."""
    found = library()
    if found is None:
        raise UsageError(
            "content credentials need the package c2pa-python", "Install it: pip install c2pa-python."
        )
    return found


def is_embedded(path: Path) -> bool:
    """Whether a file of that name has a place for credentials; those of others stand beside it."""
    return path.suffix.lower() in _EMBEDDED


def format_of(path: Path) -> str:
    """The media type by the name."""
    suffix = path.suffix.lower()
    return _EMBEDDED.get(suffix) or _BESIDE.get(suffix, _ANY)


@cache
def context() -> Any:
    """Of readers and builders: a manifest may name a server, which is not asked."""
    return required_library().Context.from_dict(_NO_NETWORK)
