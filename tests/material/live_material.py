"""Films as streams of bytes, and the two ends of a run that colours one as it comes."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.records import PipeFormat
from tcvc_cli.run.events import Event
from tcvc_cli.run.live.colorize import colorize_live
from tcvc_cli.run.options.film import PIPE, Options
from tests.material.shot_material import HEIGHT_PX, WIDTH_PX, as_luma, joined

Bytes = NDArray[np.uint8]
HEADER = f"YUV4MPEG2 W{WIDTH_PX} H{HEIGHT_PX} F24:1 Ip A1:1 C420jpeg\n".encode()
ALL = 2**40
FRAME_BYTES = len(b"FRAME\n") + WIDTH_PX * HEIGHT_PX * 3 // 2


def scenes(lengths: Sequence[int]) -> Bytes:
    """Luma (T, HEIGHT_PX, WIDTH_PX) of a film with hard cuts."""
    return as_luma(joined(list(lengths)))


def frame_bytes(luma: Bytes) -> bytes:
    """One grey frame of a y4m stream."""
    return b"FRAME\n" + luma.tobytes() + bytes([128]) * (luma.size // 2)


def y4m(luma: Bytes) -> bytes:
    return HEADER + b"".join(map(frame_bytes, luma))


def planes_of(stream: bytes) -> tuple[Bytes, Bytes]:
    """Luma (T, H, W) and chroma (T, 2, H/2, W/2) of a y4m stream of our size."""
    _, _, frames = stream.partition(b"\n")
    rows = np.frombuffer(frames, np.uint8).reshape(-1, FRAME_BYTES)
    assert all(row[:6].tobytes() == b"FRAME\n" for row in rows)
    samples = WIDTH_PX * HEIGHT_PX
    luma = rows[:, 6 : 6 + samples].reshape(-1, HEIGHT_PX, WIDTH_PX)
    return luma, rows[:, 6 + samples :].reshape(-1, 2, HEIGHT_PX // 2, WIDTH_PX // 2)


def live_options(film: Path = PIPE, kind: PipeFormat | None = None, **given: object) -> Options:
    fixed = {"model_size_px": 64, "device": "cpu", "color_parts": "recolour", "is_causal": True}
    return Options(film, PIPE, kind, **{**fixed, **given})  # type: ignore[arg-type]


class LiveRun:
    """A run in a thread of its own, with a pipe at either end. `error` is what it ended with."""

    def __init__(self, options: Options) -> None:
        inside, self._feed = os.pipe()
        self._drain, outside = os.pipe()
        self._ends = {self._feed, self._drain}
        self.events: list[Event] = []
        self.error: BaseException | None = None

        def work() -> None:
            try:
                self.events += colorize_live(options, inside, outside)
            except BaseException as error:
                self.error = error
            os.close(inside)
            os.close(outside)

        self.thread = threading.Thread(target=work, daemon=True)
        self.thread.start()

    def feed(self, data: bytes) -> None:
        """Waits until all of it has gone into the pipe."""
        while data:
            data = data[os.write(self._feed, data) :]

    def end(self) -> None:
        """Of what comes in."""
        self._close(self._feed)

    def leave(self) -> None:
        """The reader of what goes out."""
        self._close(self._drain)

    def read(self, size: int) -> bytes:
        """Exactly so much, or what there is to the end."""
        data = b""
        while len(data) < size and (more := os.read(self._drain, min(size - len(data), 2**20))):
            data += more
        return data

    def _close(self, handle: int) -> None:
        if handle in self._ends:
            self._ends.remove(handle)
            os.close(handle)

    def spend(self, data: bytes) -> None:
        """All of it goes in, unless the run ends before, and nothing more."""
        with suppress(BrokenPipeError):
            self.feed(data)
        self.end()
        self.thread.join()

    def result(self, data: bytes | None = None) -> bytes:
        """All that is left to come out, once `data`, if any, has gone in, and nothing more."""

        feeder = threading.Thread(target=self.spend, args=(data or b"",), daemon=True)
        feeder.start()
        out = self.read(ALL)
        feeder.join()
        self.leave()
        return out


def seconds(frames: int) -> Fraction:
    """How long so many frames of `y4m` last."""
    return Fraction(frames, 24)


def colored_live(data: bytes, options: Options) -> bytes:
    """What comes out; raises what the run ended with."""
    run = LiveRun(options)
    out = run.result(data)
    if run.error is not None:
        raise run.error
    return out
