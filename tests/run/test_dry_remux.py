"""What the muxer will not take is found before the work: the same times go through it twice."""

from __future__ import annotations

from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import pytest

from tcvc_cli.errors import OutputError
from tcvc_cli.media.carry.rehearsal import WantedFrames, rehearse
from tcvc_cli.media.read.decode import read_small_luma
from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.read.seen.frame_index import FrameIndex, complete_index, forget, frame_ticks, remember
from tcvc_cli.plain import from_json, to_json
from tcvc_cli.run.events import Event, FramesDone
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.options.film import Options
from tests.material.media_sources import Source, make
from tests.material.painted_films import colored

TICK = Fraction(1, 1000)
STEP = 40  # ticks of a frame
GAP = 2**31 + STEP  # more than MP4 counts from one sample to the next
SMALL: dict[str, Any] = {"codec": "mjpeg", "time_base": TICK, "is_full_range": True}
HELD = [0, STEP, 2 * STEP, 40 * STEP, 41 * STEP, 42 * STEP]


def read(path: Path, pts: list[int], **more: Any) -> Path:
    """A film with these times, which this process has read once."""
    film = make(path.with_suffix(".mkv"), Source(**SMALL, frames=len(pts), pts=pts, **more))
    assert len(list(read_small_luma(probe(film)))) == len(pts)
    return film


def packets(file: Any) -> list[tuple[int, Fraction, Fraction]]:
    """(stream, shown, decoded) of every packet, in the order of the file."""
    with av.open(file) as container:
        return [
            (one.stream_index, (one.pts or 0) * one.time_base, (one.dts or 0) * one.time_base)
            for one in container.demux()
            if one.size
        ]


class KeptFile(BytesIO):
    """Keeps what the rehearsal writes to nowhere."""

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("preset", "suffix"),
    [("access", "mp4"), ("access", "mov"), ("access", "mkv"), ("master", "mkv"), ("prores", "mov")],
)
@pytest.mark.parametrize("start", [0, 2])
def test_the_same_times_go_through_the_muxer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, preset: str, suffix: str, start: int
) -> None:
    film = read(tmp_path / "film", HELD, audio=("aac",))
    info, kept, result = probe(film), KeptFile(), tmp_path / f"result.{suffix}"
    start_s = frame_ticks(info, start, 6)[0].pts * info.time_base - info.start_s if start else None
    monkeypatch.setattr("tcvc_cli.media.carry.rehearsal.NullFile", lambda: kept)
    rehearse(info, result, WantedFrames(start, 6, start_s), preset)
    colored(info, result, preset=preset, start_s=start_s)
    kept.seek(0)
    dry, true = packets(kept), packets(str(result))
    for stream in (0, 1):
        mine, theirs = ([row for row in rows if row[0] == stream] for rows in (dry, true))
        assert sorted(row[1] for row in mine) == sorted(row[1] for row in theirs)
        if suffix != "mkv":  # Matroska states no decode times
            # What is coded last is decoded when it must, and need not be what is shown last.
            assert [row[2] for row in mine][:-1] == [row[2] for row in theirs][:-1]


@pytest.mark.parametrize("suffix", ["mp4", "mov"])
def test_a_gap_that_mp4_cannot_count_is_refused_with_stream_and_time(tmp_path: Path, suffix: str) -> None:
    film = read(tmp_path / "film", [0, STEP, GAP, GAP + STEP])
    with pytest.raises(OutputError, match=r"#0 video mjpeg of film\.mkv at 0\.040 s: 2147484 s") as caught:
        rehearse(probe(film), tmp_path / f"result.{suffix}", WantedFrames(0, 4), "access")
    assert caught.value.exit_code == 4
    rehearse(probe(film), tmp_path / "result.mkv", WantedFrames(0, 4), "access")


def test_only_what_is_wanted_counts(tmp_path: Path) -> None:
    film = read(tmp_path / "film", [0, STEP, GAP, GAP + STEP])
    late = WantedFrames(2, 4, start_s=GAP * TICK)
    rehearse(probe(film), tmp_path / "result.mp4", late, "access")


def test_it_is_refused_before_a_frame_is_coloured(tmp_path: Path) -> None:
    film = read(tmp_path / "film", [0, STEP, GAP, GAP + STEP])
    options = Options(input=film, output=tmp_path / "result.mp4", model_size_px=64, color_parts="recolour")
    for _ in range(2):  # and again where an earlier run has seen the film
        events: list[Event] = []
        with pytest.raises(OutputError, match="#0 video mjpeg"):
            events += colorize(options)
        assert not any(isinstance(one, FramesDone) and one.stage == "colorize" for one in events)
        assert not (tmp_path / "result.mp4").exists()
        forget()


def test_times_are_kept_with_what_was_seen(tmp_path: Path) -> None:
    film = probe(read(tmp_path / "film", HELD))
    seen = frame_ticks(film, 0, 6)
    assert [one.pts for one in seen] == HELD
    assert [one.duration for one in seen[:4]] == [STEP, STEP, 38 * STEP, STEP]
    text = to_json(complete_index(film))
    forget()
    assert list(frame_ticks(film, 0, 6)) == []
    remember(film, from_json(FrameIndex, text))
    assert frame_ticks(film, 0, 6) == seen
    assert list(frame_ticks(film, 2, 7)) == []
