"""What this machine has for the work, and what is wrong with it."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

from tcvc_cli import __version__
from tcvc_cli.errors import TcvcError
from tcvc_cli.media.encoders import missing_presets
from tcvc_cli.media.ffmpeg_command import is_installed
from tcvc_cli.media.versions import ffmpeg_versions
from tcvc_cli.model import MODELS
from tcvc_cli.model.runtime import choose_device, precision_on
from tcvc_cli.model.weights import survey, verify
from tcvc_cli.run.fingerprint import LIBRARIES
from tcvc_cli.run.memory import machine_bytes

_LEAST_DISK_GIB = 1
_LEAST_MEMORY_GIB = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """`wrong` is None where nothing is."""

    name: str
    value: str
    wrong: str | None = None


def examine() -> Iterator[Finding]:
    """Everything, one after another; changes nothing."""
    yield Finding("tcvc", f"{__version__}, Python {platform.python_version()} on {platform.platform()}")
    yield Finding("libraries", ", ".join(f"{name} {_version(name)}" for name in LIBRARIES))
    yield _memory()
    yield from _devices()
    yield _encoders()
    yield Finding("ffmpeg", "on the PATH" if is_installed() else "not on the PATH (tcvc brings its own)")
    yield from _weights()
    yield from (_disk(name, path) for name, path in (("here", Path()), ("temporary", _temporary())))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "?"


def _memory() -> Finding:
    gib = machine_bytes() / 2**30
    wrong = f"less than {_LEAST_MEMORY_GIB} GiB" if gib < _LEAST_MEMORY_GIB else None
    return Finding("memory", f"{gib:.1f} GiB, {os.cpu_count()} cores", wrong)


def _devices() -> Iterator[Finding]:
    chosen = choose_device("auto")
    layers = str(precision_on(chosen).layers).removeprefix("torch.")
    yield Finding("device", f"{chosen} ({layers})")
    for index in range(torch.cuda.device_count()):
        gib = torch.cuda.get_device_properties(index).total_memory / 2**30
        yield Finding(f"cuda:{index}", f"{torch.cuda.get_device_name(index)}, {gib:.0f} GiB")


def _encoders() -> Finding:
    missing = missing_presets()
    wrong = f"no encoder for --preset {', '.join(missing)}" if missing else None
    return Finding("encoders", f"avcodec {ffmpeg_versions()['libavcodec']}", wrong)


def _weights() -> Iterator[Finding]:
    for item in survey():
        if item.file is None:
            yield Finding(f"weights {item.entry.name}", "not here")
            continue
        wrong = None
        try:
            verify(item.entry.name)
        except TcvcError as error:
            wrong = str(error)
        needed = " (the default)" if item.entry.name == MODELS[0] else ""
        yield Finding(f"weights {item.entry.name}", f"{item.file.place}{needed}", wrong)


def _temporary() -> Path:
    return Path(tempfile.gettempdir())


def _disk(name: str, path: Path) -> Finding:
    place = f"disk {name}"
    try:
        gib = shutil.disk_usage(path).free / 2**30
    except OSError as error:
        return Finding(place, str(path.absolute()), str(error.strerror))
    wrong = f"less than {_LEAST_DISK_GIB} GiB free" if gib < _LEAST_DISK_GIB else None
    if not os.access(path, os.W_OK):
        wrong = "cannot be written to"
    return Finding(place, f"{gib:.1f} GiB free in {path.absolute()}", wrong)
