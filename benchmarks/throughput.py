"""Frames per second of the whole command and of each stage alone, its processor time, and peak memory.

python -m benchmarks.throughput [--frames N] [--sizes 480p 1080p] [--model NAME] [--model-size PX] [--whole]

Makes a grey film with sound (a camera moving over photographs), runs `tcvc colorize` on it in a process
of its own, then times every stage by itself on the same film. Figures of a stage are what it could do
if it had the machine to itself; the command runs them side by side.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
import psutil
import torch
from numpy.typing import NDArray
from skimage import data

from benchmarks.machine import probe
from tcvc_cli.color.grade import Grade
from tcvc_cli.media.read.decode import read_frames, read_small_luma
from tcvc_cli.media.read.probe import probe as probe_film
from tcvc_cli.media.write.encode import SegmentWriter, output_format
from tcvc_cli.model.colorizer import DEFAULT
from tcvc_cli.model.propagate import measure_motion
from tcvc_cli.model.shot import color_shot, coloring_of
from tcvc_cli.plan.shots.detector import LumaShotDetector
from tcvc_cli.plan.takes import Take
from tcvc_cli.records import FilmInfo, Shot
from tcvc_cli.run.computing import Computing, load
from tcvc_cli.run.film.coloring import paint_shot
from tcvc_cli.run.film.paint import LitFrame, PaintedFrame, light, paint
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.plan import FilmPlan, plan_film

SIZES = {"48p": (64, 48), "480p": (854, 480), "1080p": (1920, 1080), "2160p": (3840, 2160)}
RATE = 24
_LOOK_EVERY_S = 0.1
_STAGE_FRAMES = 65  # a window


def moving_pictures(width: int, height: int, frames: int) -> Iterator[NDArray[np.uint8]]:
    """Grey frames: a slow pan and zoom over three photographs, with grain."""
    rng = np.random.default_rng(0)
    grain = rng.normal(0, 3, (2 * height, 2 * width)).astype(np.float32)
    photographs = (data.astronaut, data.coffee, data.chelsea)
    scenes = [cv2.cvtColor(photograph(), cv2.COLOR_RGB2GRAY) for photograph in photographs]  # type: ignore[no-untyped-call]
    for number in range(frames):
        scene = scenes[number * len(scenes) // frames]
        scale = max(width / scene.shape[1], height / scene.shape[0]) * (1.15 + 0.001 * number)
        shift = np.array([[scale, 0, -0.4 * number], [0, scale, -0.2 * number]], np.float32)
        picture = cv2.warpAffine(
            scene, shift, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )
        y, x = rng.integers(0, height), rng.integers(0, width)
        yield np.clip(picture + grain[y : y + height, x : x + width], 0, 255).astype(np.uint8)


def make_film(
    path: Path, size: tuple[int, int], frames: int, pictures: Iterable[NDArray[np.uint8]] | None = None
) -> None:
    """H.264 in Matroska with AAC sound; of `pictures`, so many grey ones, where they are given."""
    with av.open(str(path), "w") as film:
        video = film.add_stream("libx264", rate=RATE, options={"preset": "veryfast", "crf": "18"})
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        audio = film.add_stream("aac", rate=48000)
        for picture in moving_pictures(*size, frames) if pictures is None else pictures:
            film.mux(
                video.encode(av.VideoFrame.from_ndarray(picture, format="gray").reformat(format="yuv420p"))
            )
        film.mux(video.encode(None))
        for start in range(0, frames * 48000 // RATE, 1024):
            tone = (
                np.sin(np.arange(start, start + 1024) * 2 * np.pi * 440 / 48000).astype(np.float32)[None] / 4
            )
            sound = av.AudioFrame.from_ndarray(tone, format="fltp", layout="mono")
            sound.sample_rate, sound.pts, sound.time_base = 48000, start, Fraction(1, 48000)
            film.mux(audio.encode(sound))
        film.mux(audio.encode(None))


@dataclass(frozen=True, slots=True)
class Whole:
    """Of one run of the command. `peak_mib` is the largest resident memory of the process, `processor_s` what
    all its threads took, `busy` the share of the cores that they had in the middle half of the run."""

    seconds: float
    processor_s: float
    peak_mib: float
    busy: float


@dataclass(frozen=True, slots=True)
class Rate:
    """Of one stage. `processor_ms` a frame, of all threads; unlike frames per second, nearly the same
    beside other work."""

    frames_per_s: float
    processor_ms: float


def run_command(film: Path, output: Path, settings: Sequence[str]) -> Whole:
    """`tcvc colorize` in a process of its own."""
    command = [sys.executable, "-m", "tcvc_cli", "colorize", str(film), "-o", str(output), "-q", "-y"]
    started = time.monotonic()
    process = subprocess.Popen([*command, "--colour-parts", "recolour", *settings])
    watched, seen = psutil.Process(process.pid), list[tuple[float, float]]()
    status, usage = 0, None
    while usage is None:
        time.sleep(_LOOK_EVERY_S)
        with suppress(psutil.Error):
            used = watched.cpu_times()
            seen.append((time.monotonic(), used.user + used.system))
        ended, status, resources = os.wait4(process.pid, os.WNOHANG)
        usage = resources if ended else None
    if status:
        raise SystemExit(f"the command failed with status {status}")
    processor_s = usage.ru_utime + usage.ru_stime
    return Whole(time.monotonic() - started, processor_s, usage.ru_maxrss / 1024, _busy(seen))


def _busy(seen: Sequence[tuple[float, float]]) -> float:
    """Of (time, processor time so far) in seconds, the share of all cores in the middle half."""
    (begun, before), (ended, after) = seen[len(seen) // 4], seen[3 * len(seen) // 4]
    return float((after - before) / (ended - begun) / psutil.cpu_count())


def _feed(detector: LumaShotDetector, film: FilmInfo) -> None:
    for _, luma in read_small_luma(film):
        detector.feed(luma)


def stage_rates(film: Path, folder: Path, frames: int, model: str) -> Iterator[tuple[str, Rate]]:
    """(stage, frames per second) one after another; a window is enough for the slow ones."""
    options = Options(input=film, color_parts="recolour", model=model)
    computing = load(options)
    plan = plan_film(options, probe_film(film), folder / "stages.mkv", computing)
    yield "decode", _rate(lambda: sum(1 for _ in read_frames(plan.film)), frames)
    detector = LumaShotDetector()
    yield (
        "shots (decode and detect)",
        _rate(lambda: _feed(detector, plan.film), frames),
    )
    few = min(_STAGE_FRAMES, frames)
    pictures = list(islice(read_frames(plan.film), few))
    lit = [light(plan.film, frame, plan.size_px) for frame in pictures]
    yield (
        "lightness at model size",
        _rate(lambda: [light(plan.film, frame, plan.size_px) for frame in pictures], few),
    )
    yield from _model_rates(plan, computing, lit)
    painted = list(paint_shot(plan, computing, Shot(0, few), iter(lit)))
    yield from _finish_rates(plan, painted, folder)


def _model_rates(plan: FilmPlan, computing: Computing, lit: list[LitFrame]) -> Iterator[tuple[str, Rate]]:
    lightness = torch.from_numpy(np.stack([one.lightness for one in lit]))[:, None]
    network = computing.engine.network
    with torch.inference_mode(), computing.engine.precision.autocast():
        yield (
            "flow, both ways",
            _rate(
                lambda: measure_motion(lightness, network.flow_estimator(), network.abilities.stride),
                len(lit),
            ),
        )
        yield (
            "anchors (per anchor)",
            _rate(lambda: [network.anchor_states(lightness[:1], None) for _ in range(5)], 5),
        )
    steps = plan.method.steps(Take(Shot(0, len(lit))))

    def color() -> None:
        for _ in color_shot(
            coloring_of(plan.method.way, computing.engine), steps, (one.lightness for one in lit)
        ):
            pass

    yield "model, all of it", _rate(color, len(lit))


def _finish_rates(plan: FilmPlan, painted: list[PaintedFrame], folder: Path) -> Iterator[tuple[str, Rate]]:
    target = output_format(plan.film, plan.options.encoding)
    done = [paint(plan.film, target, one, Grade()) for one in painted]
    yield (
        "paint (upsample, Cb and Cr)",
        _rate(lambda: [paint(plan.film, target, one, Grade()) for one in painted], len(painted)),
    )

    def encode() -> None:
        with SegmentWriter(folder / "segment.mkv", plan.film, plan.options.encoding) as writer:
            for frame in done:
                writer.write(frame)

    yield "encode", _rate(encode, len(done))


def _rate(work: Callable[[], object], frames: int) -> Rate:
    started, computed = time.monotonic(), time.process_time()
    work()
    seconds, processor_s = time.monotonic() - started, time.process_time() - computed
    return Rate(frames / seconds, 1000 * processor_s / frames)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=240)
    parser.add_argument("--sizes", nargs="*", choices=list(SIZES), default=["480p", "1080p"])
    parser.add_argument("--model", default=DEFAULT)
    parser.add_argument("--model-size", type=int, metavar="PX", help="of what the network sees")
    parser.add_argument("--whole", action="store_true", help="leave out the single stages")
    chosen = parser.parse_args()
    settings = ["--model", chosen.model]
    settings += [] if chosen.model_size is None else ["--model-size", str(chosen.model_size)]
    print(probe())
    for name in chosen.sizes:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            film = folder / "film.mkv"
            make_film(film, SIZES[name], chosen.frames)
            whole = run_command(film, folder / "film.color.mkv", settings)
            print(f"\n{name}: {chosen.frames} frames in {whole.seconds:.1f} s, start included")
            rate, processor_ms = chosen.frames / whole.seconds, 1000 * whole.processor_s / chosen.frames
            figures = f"{rate:7.1f} frames/s, {processor_ms:7.2f} ms of processor time"
            print(f"  {'the whole command':30s} {figures}, peak {whole.peak_mib:.0f} MiB")
            print(f"  {'cores busy, in the middle':30s} {whole.busy:7.0%}", flush=True)
            if chosen.whole:
                continue
            for stage, alone in stage_rates(film, folder, chosen.frames, chosen.model):
                figures = (
                    f"{alone.frames_per_s:7.1f} frames/s, {alone.processor_ms:7.2f} ms of processor time"
                )
                print(f"  {stage:30s} {figures}", flush=True)


if __name__ == "__main__":
    main()
