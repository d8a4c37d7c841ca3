"""Memory: what is held does not grow with the film, and what does not fit is coloured in smaller pieces."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import tcvc_cli.media.read.seen.held_luma
import tcvc_cli.run.film.frames
from tcvc_cli.errors import OutOfMemory, UsageError
from tcvc_cli.media.planes import Frame
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.model.ahead.frames import FramesAhead
from tcvc_cli.model.engine import Engine, WindowColors
from tcvc_cli.model.memory.shot_memory import ShotMemory
from tcvc_cli.model.precision import Precision
from tcvc_cli.plan.memory import Need, clips_that_fit
from tcvc_cli.plan.windows import halves, windows
from tcvc_cli.records import Clip, FilmInfo, Shot, Window
from tcvc_cli.run.events import Finished, SegmentDone, StartedAfresh, Warned
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.film.memory import AHEAD_FRAMES, BEHIND_FRAMES, clips_per_window, machine_bytes
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.options.values import size_mib
from tests.material.media_sources import Source, make
from tests.material.present import present
from tests.material.tiny_network import TinyNetwork

CPU = Precision(torch.device("cpu"), torch.float32)


def one_shot(folder: Path, frames: int) -> Options:
    """A film that is one shot of so many frames, with small windows."""
    film = make(folder / f"{frames}.mkv", Source(frames=frames))
    shots = folder / f"{frames}.csv"
    shots.write_text(f"start_frame,stop_frame\n0,{frames}\n")
    output = folder / f"{frames}.color.mkv"
    return Options(
        film,
        output,
        shots_file=shots,
        color_parts="recolour",
        model_size_px=64,
        interval_frames=2,
        overlap_frames=2,
        device="cpu",
    )


def most_live_frames(options: Options, monkeypatch: pytest.MonkeyPatch) -> int:
    """The largest number of decoded frames that were alive at any time."""
    live, most = 0, 0

    def died() -> None:
        nonlocal live
        live -= 1

    def counted(*arguments: Any, **named: Any) -> Iterator[Frame]:
        nonlocal live, most
        for frame in read_frames(*arguments, **named):
            live += 1
            most = max(most, live)
            weakref.finalize(frame.luma, died)
            yield frame

    with monkeypatch.context() as patch:
        patch.setattr(tcvc_cli.run.film.frames, "read_frames", counted)
        patch.setattr(tcvc_cli.media.read.seen.held_luma, "MOST_BYTES", 0)  # a long film is not held
        list(colorize(options))
    return most


@pytest.mark.slow
def test_a_long_shot_holds_no_more_frames_than_a_short_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bound = 2 * 9 + AHEAD_FRAMES + BEHIND_FRAMES + 6  # two windows, both queues, and one in each hand
    for frames in (50, 150):
        assert most_live_frames(one_shot(tmp_path, frames), monkeypatch) <= bound


def test_halves_cover_the_window_and_share_an_anchor() -> None:
    for frames in (3, 4, 17, 34, 65):
        window = windows(Shot(10, 10 + frames))[0]
        first, second = halves(window)
        assert (first.start, second.stop) == (window.start, window.stop)
        assert first.stop - 1 == second.start == first.anchors[-1]
        assert set(first.weights + second.weights) == {Fraction(1)}
        assert (len(first.weights), len(second.weights)) == (len(first), len(second))
    with pytest.raises(ValueError, match="no halves"):
        halves(Window((Clip(0, 1),), (Fraction(1),) * 2))


class SmallDevice(TinyNetwork):
    """Holds only so many frames."""

    def __init__(self, most_frames: int, error: Exception) -> None:
        super().__init__()
        self.most_frames, self.error, self.refused = most_frames, error, 0

    def contexts(self, lightness: torch.Tensor) -> torch.Tensor:
        if len(lightness) > self.most_frames:
            self.refused += 1
            raise self.error
        return super().contexts(lightness)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory."),
        RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes."),
        MemoryError(),
    ],
    ids=["cuda", "mps", "cpu", "numpy"],
)
def test_what_does_not_fit_is_coloured_in_smaller_pieces(error: Exception) -> None:
    window = windows(Shot(0, 65))[0]
    lightness = torch.rand(65, 1, 16, 16) * 100
    network = SmallDevice(20, error)
    engine = Engine(network, CPU)
    ab = engine.window(lightness, window).ab
    assert ab.shape == (65, 2, 4, 4)
    assert (ab.abs().amax((1, 2, 3)) > 0).all()
    told = engine.take_notices()
    assert [line.split("memory with ")[1].split(" ")[0] for line in told] == ["65", "33"]
    assert engine.take_notices() == []
    refused = network.refused
    engine.window(lightness, window)
    assert network.refused == refused  # it knows by now
    engine.begin()
    engine.window(lightness, window)
    assert network.refused > refused


def test_pieces_agree_at_their_seams() -> None:
    """A still picture keeps its colours across them."""
    lightness = torch.rand(1, 1, 16, 16).repeat(33, 1, 1, 1) * 100
    window = windows(Shot(0, 33))[0]
    whole = Engine(TinyNetwork(), CPU).window(lightness, window).ab
    pieces = Engine(SmallDevice(6, MemoryError()), CPU).window(lightness, window).ab
    torch.testing.assert_close(pieces, whole, atol=1e-3, rtol=0)


def test_when_nothing_fits_it_fails_loudly() -> None:
    engine = Engine(SmallDevice(1, MemoryError()), CPU)
    with pytest.raises(OutOfMemory, match="no memory for even 2 frames") as error:
        engine.window(torch.rand(9, 1, 16, 16), windows(Shot(0, 9))[0])
    assert error.value.exit_code == 5


def test_another_fault_is_no_lack_of_memory() -> None:
    with pytest.raises(RuntimeError, match="shape"):
        Engine(SmallDevice(1, RuntimeError("shape mismatch")), CPU).window(
            torch.rand(9, 1, 16, 16), windows(Shot(0, 9))[0]
        )


def test_a_film_is_coloured_whole_though_memory_runs_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Engine._at_once

    def small(
        self: Engine,
        lightness: Tensor,
        window: Window,
        before: WindowColors | None,
        memory: ShotMemory,
        ahead: FramesAhead | None,
    ) -> WindowColors:
        if len(lightness) > 5:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return original(self, lightness, window, before, memory, ahead)

    monkeypatch.setattr(Engine, "_at_once", small)
    options = replace(one_shot(tmp_path, 40), preset="master", saturation=4.0)
    events = list(colorize(options))
    said = [event.message for event in events if isinstance(event, Warned)]
    assert any("ran out of memory with 9 frames; going on with 5" in line for line in said)
    frames = list(read_frames(probe(present(options.output))))
    assert len(frames) == 40
    assert all(np.abs(present(frame.cb).astype(int) - 128).max() > 0 for frame in frames)


def test_windows_follow_the_budget() -> None:
    need = Need(frame_px=1000, frame_bytes=2**20, model_px=10_000, queued_frames=24)
    sizes = [need.bytes_of(16 * clips + 1) for clips in (1, 2, 4)]
    assert sizes == sorted(sizes)
    for budget, clips in ((sizes[0] - 1, 0), (sizes[0], 1), (sizes[1], 2), (sizes[2], 4), (2**60, 4)):
        assert clips_that_fit(need, budget, interval_frames=16, most=4) == clips


@pytest.mark.slow
def test_memory_is_part_of_what_makes_a_film(tmp_path: Path) -> None:
    options = replace(one_shot(tmp_path, 60), interval_frames=16)
    film = probe(options.input)
    assert clips_per_window(options, film, (85, 64)) == 4
    tight = next(
        replace(options, memory_mib=mib)
        for mib in range(1, machine_bytes())
        if _fits(replace(options, memory_mib=mib), film)
    )
    assert clips_per_window(tight, film, (85, 64)) < 4
    stopped = colorize(options)
    next(event for event in stopped if isinstance(event, SegmentDone))
    stopped.close()
    events = list(colorize(tight))
    assert [event.why for event in events if isinstance(event, StartedAfresh)] == [
        "the memory that windows may take has changed"
    ]
    assert isinstance(events[-1], Finished)
    with pytest.raises(UsageError, match="takes about"):
        list(colorize(replace(options, memory_mib=1, on_existing="overwrite")))


def test_films_side_by_side_divide_the_memory(tmp_path: Path) -> None:
    options = replace(one_shot(tmp_path, 60), interval_frames=16)
    film = probe(options.input)
    for mib in (1600, 2200, 4000):
        alone = replace(options, memory_mib=mib)
        beside = replace(options, memory_mib=3 * mib, memory_shares=3)
        assert clips_per_window(beside, film, (640, 480)) == clips_per_window(alone, film, (640, 480))
    with pytest.raises(UsageError, match="leaves 100 MiB"):
        clips_per_window(replace(options, memory_mib=300, memory_shares=3), film, (640, 480))


def _fits(options: Options, film: FilmInfo) -> bool:
    try:
        return clips_per_window(options, film, (85, 64)) > 0
    except UsageError:
        return False


@pytest.mark.parametrize(
    ("text", "mib"), [("800", 800), ("800M", 800), ("1.5G", 1536), ("2 GiB", 2048), ("4gb", 4096)]
)
def test_sizes_as_people_write_them(text: str, mib: int) -> None:
    assert size_mib(text) == mib
