"""The command as it runs beside others: for as long as the film lasts, until it is stopped."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from itertools import count, islice
from typing import IO, Self

import cv2
import numpy as np
import psutil
import pytest

from tcvc_cli.plan.shots.online import LATENCY_FRAMES
from tests.material.present import present

WIDTH, HEIGHT = 64, 48
FRAME = len(b"FRAME\n") + WIDTH * HEIGHT * 3 // 2
COMMAND = ["tcvc_cli", "colorize", "-", "-o", "-", "--causal", "-q", "--device", "cpu"]
SETTINGS = ["--model", "tcvc-mini", "--model-size", "64"]
RATE = 24
TWENTY_MINUTES = 20 * 60 * RATE
CUT_EVERY = 96


def endless() -> Iterator[bytes]:
    """y4m: a texture that moves, with a cut now and then."""
    yield f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{RATE}:1 Ip A1:1 C420jpeg\n".encode()
    for shot in count():
        rng = np.random.default_rng(shot)
        coarse = rng.integers(20, 235, (9, 24)).astype(np.uint8)
        wide = cv2.resize(coarse, (3 * WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        for number in range(CUT_EVERY):
            luma = wide[:, number : number + WIDTH].tobytes()
            yield b"FRAME\n" + luma + bytes([128]) * (len(luma) // 2)


class Command:
    """Running, with a film of `frames` frames going in; a context manager."""

    def __init__(self, frames: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", *COMMAND, *SETTINGS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.out: IO[bytes] = present(self.process.stdout)
        self.feeder = threading.Thread(target=self._feed, args=(frames,), daemon=True)
        self.feeder.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.feeder.join()
        with suppress(BrokenPipeError), self.process:
            pass

    def _feed(self, frames: int) -> None:
        pipe = present(self.process.stdin)
        with suppress(BrokenPipeError):  # it was stopped
            for part in islice(endless(), frames + 1):
                pipe.write(part)
            pipe.flush()

    def frames(self, wanted: int) -> int:
        """Reads so many; how many came."""
        return sum(len(self.out.read(FRAME)) == FRAME for _ in range(wanted))

    def rss_mib(self) -> float:
        return float(psutil.Process(self.process.pid).memory_info().rss / 2**20)

    def stopped(self) -> tuple[int, bytes]:
        """By Ctrl-C, within ten seconds: the exit code, and what was said."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(10)
        return code, present(self.process.stderr).read()


def grown_mib(frames: int) -> float:
    """From the first quarter of the film to its end."""
    with Command(frames) as command:
        assert command.out.readline().startswith(b"YUV4MPEG2 W64 H48 F24:1")
        assert command.frames(frames // 4) == frames // 4
        first = command.rss_mib()
        rest = frames - frames // 4 - LATENCY_FRAMES
        assert command.frames(rest) == rest
        last = command.rss_mib()
        present(command.process.stdin).close()
        assert command.frames(LATENCY_FRAMES + 1) == LATENCY_FRAMES
        assert command.process.wait(20) == 0
    return last - first


def test_memory_does_not_grow() -> None:
    """A hundredth of what each frame takes on its way would be more."""
    assert grown_mib(480) < 6


@pytest.mark.slow
def test_memory_does_not_grow_in_twenty_minutes() -> None:
    """About 300 bytes a frame would be more."""
    assert grown_mib(TWENTY_MINUTES) < 8


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.skipif(sys.platform == "win32", reason="has no SIGINT to send")
def test_ctrl_c_while_it_waits_for_the_film() -> None:
    with Command(6) as command:
        assert command.out.readline()
        assert command.frames(4) == 4
        code, said = command.stopped()
    assert (code, said.count(b"\n")) == (130, 1)
    assert said.startswith(b"tcvc: error: Stopped")


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.skipif(sys.platform == "win32", reason="has no SIGINT to send")
def test_ctrl_c_while_nobody_reads_what_comes_out() -> None:
    """The film is read no further than the queues are long."""
    with Command(1000) as command:
        assert command.out.readline()
        assert command.frames(1) == 1
        command.feeder.join(3)
        assert command.feeder.is_alive()
        code, said = command.stopped()
    assert (code, said.count(b"\n")) == (130, 1)
