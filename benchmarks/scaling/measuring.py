"""Costs from real runs: straight lines through what single workers took."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from typing import Any

import numpy as np

from benchmarks.scaling.costs import Costs
from benchmarks.scaling.one_worker import OneWorker, SettledShot
from tcvc_cli.plain import from_json
from tcvc_cli.run.events import FramesDone

_ROUNDS = 2
_EVENTS = 2000


def measure(size: str, size_px: int | None) -> Costs:
    """Takes about two minutes of two cores, which are both at work, as where there is a worker for each. Of
    two rounds the smaller figure counts: other work can only add to one."""
    with ThreadPoolExecutor(_ROUNDS) as pool:
        words = [(size, str(size_px or "own"))] * _ROUNDS
        *rounds, small = pool.map(lambda each: _one_worker(*each), [*words, ("small",)])

    def least(figure: Callable[[OneWorker], float]) -> float:
        return max(0.0, min(map(figure, rounds)))

    best = min(rounds, key=lambda one: sum(film.stages_s["colorize"] for film in one.colored))
    color_s_per_frame, color_s_per_shot = _coloring(best)
    scan_s = least(lambda one: one.scanned_s / one.scanned_frames)
    load_s = least(lambda one: one.loaded_s)
    settled = min((one.settled for one in rounds), key=_seconds)
    settle_s = _settling(settled)
    join_s, join_s_per_frame = _joining(rounds)
    last = best.colored[-1]
    return Costs(
        size=size,
        model_size_px=size_px,
        start_s=least(lambda one: _before(one) - scan_s * one.colored[0].frames - load_s),
        load_s=load_s,
        scan_s_per_frame=scan_s,
        settle_s_per_key_frame=settle_s[0],
        settle_s_per_picture=settle_s[1],
        settle_s_per_frame=_reading(best, settle_s),
        open_s_per_shot=least(lambda one: (one.opened_s - one.loaded_s) / len(one.settled)),
        color_s_per_frame=color_s_per_frame,
        color_s_per_shot=color_s_per_shot,
        keep_s_per_segment=small.kept_s / small.colored[0].segments,
        join_s_per_frame=join_s_per_frame,
        join_s=join_s,
        film_bytes_per_frame=last.film_bytes / last.frames,
        result_bytes_per_frame=last.result_bytes / last.frames,
        syncs_per_segment=sum(one.syncs for one in best.colored) / sum(one.segments for one in best.colored),
        driver_s_per_event=driver_seconds(),
    )


def _one_worker(*words: str) -> OneWorker:
    command = [sys.executable, "-m", "benchmarks.scaling.one_worker", *words]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    environment.pop("OMP_WAIT_POLICY", None)  # threads that wait must not be counted as busy
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return from_json(OneWorker, done.stdout)


def _seconds(shots: Sequence[SettledShot]) -> float:
    return sum(one.seconds for one in shots)


def _before(one: OneWorker) -> float:
    """From the start of the process to the first film's shots, found while the network is loaded."""
    stages = one.colored[0].stages_s
    return stages["prepare"] + stages["shots"]


def _line(columns: Sequence[Sequence[float]], seconds: Sequence[float]) -> list[float]:
    """Least squares; what comes out below 0 is noise about 0."""
    found = np.linalg.lstsq(np.array(columns, float).T, np.array(seconds, float), rcond=None)[0]
    return [max(0.0, float(one)) for one in found]


def _coloring(one: OneWorker) -> tuple[float, float]:
    """A frame, and a shot beside its frames."""
    films = one.colored
    columns = [film.frames for film in films], [film.shots for film in films]
    a, b = _line(columns, [film.stages_s["colorize"] for film in films])
    return a, b


def _settling(shots: Sequence[SettledShot]) -> tuple[float, float]:
    """A key frame, and a picture that it is compared with."""
    key_frames = [one.key_frames for one in shots]
    met = [one.key_frames * one.remembered for one in shots]
    a, b = _line((key_frames, met), [one.seconds for one in shots])
    return a, b


def _reading(one: OneWorker, settling: tuple[float, float]) -> float:
    """A frame between key frames: what long shots took more than their key frames do."""
    film = one.colored[-1]
    key_frames = 2 * film.shots
    rest = film.stages_s["memory"] - key_frames * settling[0] - settling[1] * 2 * key_frames
    return max(0.0, rest / film.frames)


def _joining(rounds: Sequence[OneWorker]) -> tuple[float, float]:
    """A film, and a frame of it. Runs are short: all that one takes is laid upon its frames, but for as much
    as the longer one does not take more."""
    each = [min(one.colored[film].stages_s["remux"] for one in rounds) for film in (0, 1)]
    frames = [rounds[0].colored[film].frames for film in (0, 1)]
    slope = max(0.0, (each[1] - each[0]) / (frames[1] - frames[0]))
    per_frame = slope or min(each) / max(frames)
    return max(0.0, each[0] - per_frame * frames[0]), per_frame


def driver_seconds() -> float | None:
    """Processor time for each event of an actor that streams them, where Ray is installed: a small cluster of
    this machine alone."""
    if find_spec("ray") is None:
        return None
    os.environ["RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"] = "0"  # as it will be one day: else it warns
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    ray: Any = importlib.import_module("ray")
    ray.init(
        num_cpus=1,
        include_dashboard=False,
        log_to_driver=False,
        configure_logging=False,
        _node_ip_address="127.0.0.1",
    )
    try:

        def work(count: int) -> Any:
            for number in range(count):
                yield FramesDone("colorize", number)

        streaming = ray.remote(work).options(num_returns="streaming")
        for reference in streaming.remote(10):
            ray.get(reference)
        started = time.process_time()
        for reference in streaming.remote(_EVENTS):
            ray.get(reference)
        return (time.process_time() - started) / _EVENTS
    finally:
        ray.shutdown()
