"""What this machine has for the work, and what is wrong with it.

Each look imports what it needs itself, so that a library which does not load is a finding like others.
"""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tcvc_cli import __version__
from tcvc_cli.errors import MediaError, ProofFailed, TcvcError

if TYPE_CHECKING:
    from tcvc_cli.run.options.film import Preset
    from tcvc_cli.run.rehearsal import Rehearsal

_LEAST_DISK_GIB = 1
_LEAST_MEMORY_GIB = 2
_TRIED: tuple[Preset, ...] = ("access", "master")


@dataclass(frozen=True, slots=True)
class Finding:
    """`wrong` is None where nothing is."""

    name: str
    value: str
    wrong: str | None = None


def examine() -> Iterator[Finding]:
    """Everything, one after another. Writes nothing but a trial film in a temporary folder."""
    yield Finding("tcvc", f"{__version__}, Python {platform.python_version()} on {platform.platform()}")
    for name, look in (
        ("libraries", _libraries),
        ("memory", _memory),
        ("device", _devices),
        ("encoders", _encoders),
        ("weights", _weights),
        ("disk", _disks),
        ("trial", _trials),
    ):
        try:
            yield from look()
        except Exception as error:
            yield Finding(name, "cannot be examined", _in_words(error))


def _in_words(error: Exception) -> str:
    return str(error) if isinstance(error, TcvcError) else f"{type(error).__name__}: {error}"


def _libraries() -> Iterator[Finding]:
    from tcvc_cli.run.requirements import libraries

    found = list(libraries())
    odd = [f"{one.name} was tested with {one.tested}" for one in found if not one.is_tested]
    yield Finding("libraries", ", ".join(map(str, found)), "; ".join(odd) or None)


def _memory() -> Iterator[Finding]:
    from tcvc_cli.run.film.memory import machine_bytes

    gib = machine_bytes() / 2**30
    wrong = f"less than {_LEAST_MEMORY_GIB} GiB" if gib < _LEAST_MEMORY_GIB else None
    yield Finding("memory", f"{gib:.1f} GiB, {os.cpu_count()} cores", wrong)


def _devices() -> Iterator[Finding]:
    import torch

    from tcvc_cli.model.runtime import choose_device, precision_on

    chosen = choose_device("auto")
    layers = str(precision_on(chosen).layers).removeprefix("torch.")
    yield Finding("device", f"{chosen} ({layers})")
    for index in range(torch.cuda.device_count()):
        gib = torch.cuda.get_device_properties(index).total_memory / 2**30
        yield Finding(f"cuda:{index}", f"{torch.cuda.get_device_name(index)}, {gib:.0f} GiB")


def _encoders() -> Iterator[Finding]:
    from tcvc_cli.media.versions import ffmpeg_versions
    from tcvc_cli.media.write.encoders import missing_presets

    missing = missing_presets()
    wrong = f"no encoder for preset {', '.join(missing)}" if missing else None
    yield Finding("encoders", f"avcodec {ffmpeg_versions()['libavcodec']}", wrong)


def _weights() -> Iterator[Finding]:
    from tcvc_cli.model.colorizer import DEFAULT, packaged, printable
    from tcvc_cli.model.weights.store import survey, verify

    for item in survey():
        if item.file is None:
            yield Finding(f"weights {item.entry.name}", "not here")
            continue
        wrong = None
        try:
            verify(item.entry.name)
        except TcvcError as error:
            wrong = str(error)
        needed = " (the default)" if item.entry.name == DEFAULT else ""
        yield Finding(f"weights {item.entry.name}", f"{item.file.place}{needed}", wrong)
    for one in packaged():
        yield Finding(f"weights {printable(one.name, 60)}", f"of the package {one.package}", one.wrong)


def _disks() -> Iterator[Finding]:
    yield from (_disk(name, path) for name, path in (("here", Path()), ("temporary", _temporary())))


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


def _trials() -> Iterator[Finding]:
    """A second of film through everything, lossy and lossless; the ffmpeg on the PATH looks at the latter."""
    with tempfile.TemporaryDirectory(prefix="tcvc-doctor-") as folder:
        for preset in _TRIED:
            finding, rehearsal = _trial(Path(folder), preset)
            yield finding
        yield _ffmpeg(rehearsal)


def _trial(folder: Path, preset: Preset) -> tuple[Finding, Rehearsal | None]:
    name = f"trial {preset}"
    try:
        from tcvc_cli.run.rehearsal import rehearse

        done = rehearse(folder, preset)
    except Exception as error:
        return Finding(name, "a second of film does not come through", _in_words(error)), None
    return Finding(name, f"a second of film, {done.shots} shots, in {done.seconds:.1f} s, proved"), done


def _ffmpeg(master: Rehearsal | None) -> Finding:
    from tcvc_cli.media.ffmpeg_command import version

    found = version()
    if found is None:
        return Finding("ffmpeg", "not on the PATH (tcvc brings its own)")
    place = f"{found} on the PATH (tcvc brings its own)"
    if master is None:
        return Finding("ffmpeg", place)
    try:
        from tcvc_cli.run.rehearsal import ask_ffmpeg

        ask_ffmpeg(master)
    except MediaError as error:
        return Finding("ffmpeg", f"{place}, cannot be asked about the trial: {error}")
    except ProofFailed as error:
        return Finding("ffmpeg", place, str(error))
    return Finding("ffmpeg", f"{place}, finds the trial's luma and sound untouched")
