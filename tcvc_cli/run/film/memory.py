"""The memory that a run may take, and what that leaves for its windows."""

from __future__ import annotations

from pathlib import Path

import psutil

from tcvc_cli.errors import UsageError
from tcvc_cli.plan.anchors import DEFAULT_INTERVAL_FRAMES
from tcvc_cli.plan.memory import Need, clips_that_fit
from tcvc_cli.plan.windows import DEFAULT_CLIPS_PER_WINDOW
from tcvc_cli.records import FilmInfo
from tcvc_cli.run.options.film import Options, flag_of

AHEAD_FRAMES = 16  # decoded, waiting for the model
BEHIND_FRAMES = 8  # coloured, waiting for the encoder
_MOST_AHEAD_BYTES = 256 * 2**20  # of the frames of a window that are there before the one at hand is done
_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")  # of containers


def machine_bytes() -> int:
    """All the memory that this machine, or the container that this is, has."""
    limits = [int(psutil.virtual_memory().total)]
    for file in map(Path, _LIMITS):
        text = file.read_text().strip() if file.is_file() else ""
        limits += [int(text)] if text.isdecimal() else []
    return min(limits)


def clips_per_window(options: Options, film: FilmInfo, model_size_px: tuple[int, int]) -> int:
    """As many as usual, or as many as fit. UsageError when the budget holds no window at all."""
    need, budget = need_of(film, model_size_px), _budget_bytes(options)
    interval = options.interval_frames
    clips = clips_that_fit(need, budget, interval_frames=interval, most=DEFAULT_CLIPS_PER_WINDOW)
    if clips == 0 and options.memory_mib is None:
        return 1  # half of the machine is not much; the other half is there too
    if clips == 0:
        least = -(-need.bytes_of(interval + 1) // 2**20)
        raise UsageError(
            f"{flag_of('memory_mib')} leaves {budget // 2**20} MiB; this film takes about {least} MiB",
            "Give more, or less {workers}, {model_size_px} or {interval_frames}.",
            option="memory_mib",
        )
    return clips


def most_dissolve_frames(options: Options, film: FilmInfo, model_size_px: tuple[int, int]) -> int:
    """How many frames may wait until both shots that they are mixed of have coloured them: as many as a
    usual window holds, or as many as fit."""
    need, budget = need_of(film, model_size_px), _budget_bytes(options)
    most = DEFAULT_CLIPS_PER_WINDOW * DEFAULT_INTERVAL_FRAMES + 1
    return next((frames for frames in range(most, 1, -1) if need.bytes_of(frames) <= budget), 1)


def _budget_bytes(options: Options) -> int:
    whole = machine_bytes() // 2 if options.memory_mib is None else options.memory_mib * 2**20
    return whole // options.memory_shares


def may_look_ahead(film: FilmInfo, window_frames: int) -> bool:
    """Whether the frames of the next window are few or small enough to come before their turn. Where they are
    large, it is not the network that takes the time."""
    return need_of(film, (0, 0)).frame_bytes * window_frames <= _MOST_AHEAD_BYTES


def need_of(film: FilmInfo, model_size_px: tuple[int, int]) -> Need:
    """Of a film whose frames are held as they are decoded."""
    kind = film.pixel_format
    px = film.width_px * film.height_px
    rows, columns = kind.chroma_shape(film.height_px, film.width_px)
    samples = px + (0 if kind.is_grey else 2 * rows * columns)
    frame_bytes = samples * (1 if kind.bit_depth <= 8 else 2)
    return Need(px, frame_bytes, model_size_px[0] * model_size_px[1], AHEAD_FRAMES + BEHIND_FRAMES)
