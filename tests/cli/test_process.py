"""What the command shares with the system: closed and full streams, and signals that end it."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tcvc_cli.cli.main import main
from tcvc_cli.cli.process import signals, streams
from tcvc_cli.errors import DiskFull, OutputError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="descriptors and signals of POSIX")
TCVC = (sys.executable, "-m", "tcvc_cli")
FULL = Path("/dev/full")


def shell(words: str, *, code: str = "") -> subprocess.CompletedProcess[str]:
    """`words` by a shell, with `$TCVC` and `$CODE`."""
    command = ["bash", "-c", words]
    known = {**os.environ, "TCVC": " ".join(TCVC), "PYTHON": sys.executable, "CODE": code}
    return subprocess.run(command, capture_output=True, text=True, env=known, timeout=60, check=False)


@pytest.mark.skipif(not FULL.exists(), reason="has no /dev/full")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("--version >/dev/full", 4),
        ("--version >&-", 4),
        ("shots no <&- >&- 2>&-", 3),
        ("shots no 2>/dev/full", 3),
    ],
)
def test_streams_that_take_nothing(words: str, code: int) -> None:
    done = shell(f"$TCVC {words}")
    assert done.returncode == code
    assert done.stderr.count("\n") <= 1
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not FULL.exists(), reason="has no /dev/full")
@pytest.mark.parametrize("words", [["--help"], ["weights", "list"], ["config", "show"], ["doctor", "--json"]])
def test_an_answer_that_cannot_be_written(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with FULL.open("wb", buffering=0) as full:
        answers = streams._Answers(full.fileno(), "w", closefd=False)
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BufferedWriter(answers)))
        assert main(words) == 4
        sys.stdout.flush()  # nothing is left that fails at exit
    assert capsys.readouterr().err.startswith("tcvc: error: no room left while writing stdout.")


OPENED = """
import os, sys
from tcvc_cli.cli.process import streams
streams.prepare()
with open(sys.argv[1], "wb") as file:
    number = file.fileno()
    print("words", file=sys.stderr, flush=True)
    os.system("echo more >&2")
sys.exit(number)
"""


def test_no_file_takes_the_place_of_a_closed_stream(tmp_path: Path) -> None:
    file = tmp_path / "file"
    assert shell(f'$PYTHON -c "$CODE" {file} <&- >&- 2>&-', code=OPENED).returncode > 2
    assert file.read_bytes() == b""


def test_what_a_stream_takes(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with streams._Answers(writer, "w") as answers:
        assert answers.write(b"answer") == 6
    assert os.read(reader, 10) == b"answer"
    os.close(reader)
    closed = streams._Answers(os.open(os.devnull, os.O_RDONLY), "w")
    with closed, pytest.raises(OutputError, match="Bad file descriptor"):
        closed.write(b"answer")
    with streams._Words(os.open(os.devnull, os.O_RDONLY), "w") as words:
        assert words.write(b"words") == 5


def test_what_is_said_of_a_full_disk() -> None:
    assert isinstance(streams.unwritten(OSError(28, "full")), DiskFull)
    assert streams.unwritten(OSError(5, "torn")).exit_code == 4


@pytest.fixture
def handlers() -> Iterator[None]:
    """Those of before in the end; and at first none is ignored, as with nohup."""
    before = {number: signal.getsignal(number) for number in signals._ENDING}
    for number in before:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
    signals._received.clear()


@pytest.mark.usefixtures("handlers")
@pytest.mark.parametrize(("name", "code"), [("SIGHUP", 129), ("SIGTERM", 130), ("SIGINT", 130)])
def test_a_signal_ends_a_run(
    name: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Even where a library made another error of it."""
    number = getattr(signal, name)

    def lost() -> None:
        try:
            os.kill(os.getpid(), number)
            time.sleep(1)
        except KeyboardInterrupt:
            raise ImportError("half of it") from None

    monkeypatch.setattr("tcvc_cli.run.doctor.examine", lost)
    assert main(["doctor"]) == code
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "the same command goes on" in said


@pytest.mark.usefixtures("handlers")
def test_a_hang_up_that_is_ignored_stays_so() -> None:
    hang_up = getattr(signal, "SIGHUP")  # noqa: B009
    signal.signal(hang_up, signal.SIG_IGN)
    signals.prepare()
    assert signal.getsignal(hang_up) == signal.SIG_IGN
    assert signal.getsignal(signal.SIGTERM) is signals.stop


LEFT_ALONE = """
import sys, time
from tcvc_cli.run.machines.processes import _pool
if __name__ == "__main__":
    pool = _pool(2)
    for _ in range(2):
        pool.submit(time.sleep, 100)
    pool.submit(int).cancel()
    print("begun", flush=True)
    time.sleep(100)
"""


def test_workers_end_with_their_parent() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LEFT_ALONE], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"begun\n"
        workers = psutil.Process(parent.pid).children(recursive=True)
        assert len(workers) >= 2
        parent.kill()
        parent.stdout.close()
    _, alive = psutil.wait_procs(workers, timeout=30)
    assert alive == []
