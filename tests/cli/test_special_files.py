"""Pipes, devices and files without end where a file is named: refused at once, in one line."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest

from tcvc_cli.cli.main import main
from tcvc_cli.reading import open_plain, read_plain
from tests.material.media_sources import Source, make

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no named pipes")
_PATIENCE_S = 60.0
_SMALL = ("--model-size", "64", "--device", "cpu", "--model", "tcvc-mini")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("film") / "film.mkv", Source(frames=2))


@pytest.fixture
def here(film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a film, a pipe of each kind, and a sidecar that is a pipe."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "film.mkv").write_bytes(film.read_bytes())
    for kind in ["mkv", "json", "csv", "edl", "toml", "png", "safetensors", "txt", "lst", "pem"]:
        os.mkfifo(tmp_path / f"pipe.{kind}")
    (tmp_path / "list.txt").write_text("pipe.mkv\n")
    return tmp_path


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    def give_up(number: int, frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, _PATIENCE_S)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("colorize pipe.mkv", 3),
        ("colorize /dev/zero -o x.mkv", 3),
        ("colorize film.mkv --shots pipe.csv", 3),
        ("colorize film.mkv --shots pipe.edl", 3),
        ("colorize film.mkv --shots /dev/zero", 3),
        ("colorize film.mkv --settings pipe.toml", 3),
        ("colorize film.mkv --settings /dev/zero", 3),
        ("colorize film.mkv --refs pipe.png", 3),
        ("colorize film.mkv --refs pipe.mkv", 3),
        ("--config pipe.toml colorize film.mkv", 2),
        ("--config /dev/zero colorize film.mkv", 2),
        ("--config . colorize film.mkv", 2),
        ("batch list.txt -o out", 8),
        ("batch pipe.txt -o out", 3),
        ("batch pipe.mkv -o out", 3),
        ("batch film.mkv -o out --report pipe.json", 4),
        ("batch film.mkv -o out --report pipe.json -y", 4),
        ("shots pipe.mkv", 3),
        ("verify pipe.mkv film.mkv", 3),
        ("verify film.mkv pipe.mkv", 3),
        ("measure pipe.mkv --reference film.mkv", 3),
        ("compare pipe.mkv film.mkv", 3),
        ("preview pipe.mkv", 3),
        ("sheet pipe.mkv", 3),
        ("review pipe.mkv", 3),
        ("report pipe.mkv", 3),
        ("grade pipe.mkv", 3),
        ("stabilize pipe.mkv", 3),
        ("palettes pipe.mkv", 3),
        ("settings pipe.mkv", 3),
        ("refs export pipe.mkv -o out", 3),
        ("bag pipe.mkv film.mkv -o out", 3),
        ("weights import mini pipe.safetensors", 5),
    ],
)
def test_what_is_no_plain_file_is_refused(
    words: str, code: int, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = _SMALL if "colorize" in words or "batch" in words else ()
    assert main([*words.split(), *small]) == code
    said = capsys.readouterr().err
    assert "tcvc: error: " in said
    assert "Traceback" not in said


def test_a_pipe_beside_a_result_is_no_sidecar(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(here / "film.mkv.json")
    os.mkfifo(here / "tcvc.toml")
    assert main(["verify", "film.mkv", "film.mkv"]) in (0, 7)
    assert "Traceback" not in capsys.readouterr().err


def test_what_is_read_is_plain_and_of_a_size(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_bytes(bytes(100))
    link.symlink_to(file)
    assert read_plain(link, 100) == bytes(100)
    with pytest.raises(OSError, match="larger"):
        read_plain(file, 99)
    with pytest.raises(OSError, match=r"link|symbolic|plain"):
        open_plain(link, follows_links=False)
    for special, words in ((tmp_path, "a folder"), (Path(os.devnull), "not a plain file")):
        with pytest.raises(OSError, match=words):
            open_plain(special)


def test_gigabytes_are_refused_unread(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("huge.toml", "huge.csv", "film.mkv.json"):
        with (here / name).open("wb") as file:
            file.truncate(3 << 30)
    assert main(["--config", "huge.toml", "colorize", "film.mkv"]) == 2
    assert "larger than" in capsys.readouterr().err
    assert main(["colorize", "film.mkv", "--shots", "huge.csv", *_SMALL]) == 3
    assert "longer than" in capsys.readouterr().err
    assert main(["verify", "film.mkv", "film.mkv"]) in (0, 3, 7)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes")
def test_a_file_of_the_kernel_without_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As /proc/kmsg, which only root may open: a plain file that would let its reader wait."""
    reading, writing = os.pipe2(os.O_NONBLOCK)
    monkeypatch.setattr("tcvc_cli.reading.open_plain", lambda *_, **__: os.fdopen(reading, "rb"))
    assert read_plain(tmp_path) == b""
    os.close(writing)
