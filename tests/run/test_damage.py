"""What is damaged is counted and said before the work, whoever concealed it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from tcvc_cli.errors import DamagedFilm
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.structure.adts import is_torn
from tcvc_cli.media.structure.integrity.dv_dropouts import has_dropouts
from tcvc_cli.media.structure.integrity.ogg_pages import broken_pages
from tcvc_cli.run.events import StreamsCarried
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.film.scan import Scan, scan
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.provenance.verify import verify_result
from tests.material.lossy_broadcast import with_torn_sound, without
from tests.material.media_sources import Source, make
from tests.material.present import present

BROADCAST = Source(
    codec="mpeg2video", width=320, height=240, frames=40, audio=["ac3"], options={"b": "2000000", "bf": "0"}
)


def damage_of(film: Path) -> str:
    walk = scan(probe(film))
    while True:
        try:
            next(walk)
        except StopIteration as end:
            found: Scan = end.value
            return found.findings.damage


@pytest.fixture(scope="module")
def broadcast(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("broadcast") / "film.ts", BROADCAST)


def test_a_broadcast_without_losses_is_whole(broadcast: Path) -> None:
    assert damage_of(broadcast) == ""


def test_a_frame_of_which_packets_are_lost_is_counted(broadcast: Path, tmp_path: Path) -> None:
    words = damage_of(without(broadcast, tmp_path / "film.ts", kind=0, count=3))
    assert words.startswith("2 frames are damaged")  # the next one is made of it
    assert "not there" not in words


def test_frames_that_are_lost_altogether_are_counted_by_their_time(broadcast: Path, tmp_path: Path) -> None:
    film = without(broadcast, tmp_path / "film.ts", kind=0, count=300)
    missing = BROADCAST.frames - sum(1 for _ in read_frames(probe(film)))
    assert missing >= 3
    assert f"about {missing} beside them are not there" in damage_of(film)


def test_sound_that_lost_packets_is_named(broadcast: Path, tmp_path: Path) -> None:
    words = damage_of(without(broadcast, tmp_path / "film.ts", kind=1, count=2))
    assert "of audio #1 miss bytes: 0." in words
    assert "frame" not in words


def dv(tmp_path: Path, statuses: dict[int, int]) -> Path:
    """PAL DV of 6 frames in AVI; in those named, the status of one block of the picture is another."""
    film = make(
        tmp_path / "film.avi",
        Source(codec="dvvideo", width=720, height=576, frames=6, time_base=Fraction(1, 25)),
    )
    data = bytearray(film.read_bytes())
    with av.open(str(film)) as container:
        packets = [(present(one.pos), one.size) for one in container.demux(video=0) if one.size]
    for number, (start, size) in enumerate(packets):
        assert size == 144_000
        first = next(at for at in range(start + 80 * 100, start + size, 80) if data[at] >> 5 == 4)
        data[first + 3] = statuses.get(number, 0) << 4 | data[first + 3] & 15
    film.write_bytes(data)
    return film


def test_dropouts_of_a_tape_are_counted(tmp_path: Path) -> None:
    assert damage_of(dv(tmp_path, {})) == ""
    words = damage_of(dv(tmp_path, {2: 0b1010, 3: 0b1111}))
    assert words == "2 frames are damaged, what is missing there was made up: frames 2 to 3 (0.080 s)"


def test_a_packet_that_is_no_frame_of_dv_has_no_dropouts() -> None:
    assert not has_dropouts(b"")
    assert not has_dropouts(bytes(79))
    assert has_dropouts(bytes([4 << 5, 0, 0, 0xF0]) + bytes(76))


def test_nothing_is_begun_where_nothing_may_be_damaged(broadcast: Path, tmp_path: Path) -> None:
    film = without(broadcast, tmp_path / "film.ts", kind=1, count=2)
    options = Options(film, tmp_path / "r.mkv", preset="master", model_size_px=64, is_strict=True)
    with pytest.raises(DamagedFilm, match="audio #1"):
        list(colorize(options))
    assert not (tmp_path / "r.mkv").exists()


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_sound_that_lost_its_beginning_is_left_out_and_named(suffix: str, tmp_path: Path) -> None:
    """No muxer takes AAC of which nobody knows what it is; the rest of the sound is carried."""
    whole = make(tmp_path / "whole.ts", replace(BROADCAST, audio=["aac"], frames=60))
    film, output = with_torn_sound(whole, tmp_path / "film.ts"), tmp_path / f"r{suffix}"
    events = list(colorize(Options(film, output, preset="access", model_size_px=64)))
    (carried,) = (one.carried for one in events if isinstance(one, StreamsCarried))
    lost = {row.stream.kind: row.lost for row in carried}
    assert "1 torn packet" in lost["audio"]
    proof = verify_result(film, output)
    assert proof.holds, [one for one in proof.checks if one.verdict == "fails"]


def test_what_is_torn() -> None:
    frame = bytes([0xFF, 0xF1, 0x50, 0x80, 0x01, 0x1F, 0xFC, 0x21])
    assert not is_torn(frame)
    assert not is_torn(frame[:7])
    assert is_torn(frame[1:])
    assert is_torn(frame[:6])
    assert is_torn(frame[:2] + bytes([0x74]) + frame[3:])


@pytest.fixture(scope="module")
def theora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    film = tmp_path_factory.mktemp("theora") / "film.ogg"
    source = ["-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=2,format=gray,format=yuv420p"]
    sound = ["-f", "lavfi", "-i", "sine=d=2", "-c:v", "libtheora", "-q:v", "7", "-c:a", "libvorbis"]
    subprocess.run(["ffmpeg", "-v", "error", *source, *sound, str(film)], check=True, timeout=60)
    return film


def zeroed(data: bytes, page: int) -> bytes:
    return data[: page + 100] + bytes(1000) + data[page + 1100 :]


def without_page(data: bytes, page: int) -> bytes:
    return data[:page] + data[data.index(b"OggS", page + 4) :]


def cut(data: bytes, page: int) -> bytes:
    return data[: page + 500]


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="PyAV writes no Theora")
@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (zeroed, r"\d+ bytes of the file are damaged: at byte {page}"),
        (without_page, r"parts of the file are not there: at byte \d+"),
        (cut, "500 bytes of the file are damaged: at byte {page}"),
    ],
)
def test_pages_of_an_ogg_that_are_damaged_or_lost(
    theora: Path, tmp_path: Path, damage: Callable[[bytes, int], bytes], words: str
) -> None:
    """Of which FFmpeg says nothing."""
    assert damage_of(theora) == ""
    data = theora.read_bytes()
    page = data.index(b"OggS", len(data) // 2)
    film = tmp_path / "film.ogg"
    film.write_bytes(damage(data, page))
    assert re.search(words.format(page=page), damage_of(film))


def test_another_file_has_no_pages(broadcast: Path) -> None:
    assert broken_pages(broadcast) == ()


def wrong_block(data: bytes) -> bytes:
    at = len(data) // 2
    return data[:at] + bytes(2000) + data[at + 2000 :]


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="the film is made by ffmpeg")
@pytest.mark.parametrize(
    "damage", [wrong_block, lambda data: data[: len(data) * 2 // 3], lambda data: data[:-1]]
)
def test_a_gif_that_stops_to_be_one(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    """Of which FFmpeg says nothing, or no more than to people."""
    film = tmp_path / "film.gif"
    source = ["-f", "lavfi", "-i", "testsrc2=s=160x120:r=10:d=2"]
    subprocess.run(["ffmpeg", "-v", "error", *source, str(film)], check=True, timeout=60)
    assert damage_of(film) == ""
    film.write_bytes(damage(film.read_bytes()))
    assert re.search(r"(are damaged|are not there): at byte \d+", damage_of(film))
