"""Films that begin late, or whose first pictures do not say when: nothing is held longer or moved."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tests.material.clock_material import copied
from tests.material.film_facts import frame_times, timed_packets
from tests.material.media_sources import Source, make
from tests.material.painted_films import colored

pytestmark = pytest.mark.slow

SMALL: dict[str, Any] = {"frames": 20, "time_base": Fraction(1, 25)}
FRAME_S = Fraction(1, 25)
WITHIN = Fraction(1, 500)


@pytest.mark.parametrize("codec", ["libx264", "mjpeg"])
def test_a_pause_before_the_picture_does_not_hold_its_last_frame(tmp_path: Path, codec: str) -> None:
    """MP4 counts the pause as part of the picture's length."""
    plain = make(tmp_path / "plain.mkv", Source(**SMALL, codec=codec, is_full_range=True))
    film = copied(plain, tmp_path / "film.mp4", lambda _, at_s: at_s + Fraction(7, 10))
    times = [frame.time for frame in read_frames(probe(film))]
    assert times[0].seconds == Fraction(7, 10)
    assert all(abs(time.duration * time.time_base - FRAME_S) <= WITHIN for time in times)
    colored(probe(film), tmp_path / "result.mp4")
    with av.open(str(tmp_path / "result.mp4")) as container:
        lasts = [packet for packet in container.demux(video=0) if packet.size]
        last = max(lasts, key=lambda packet: packet.pts or 0)
        assert abs((last.duration or 0) * last.time_base - FRAME_S) <= WITHIN


def test_pictures_without_times_come_before_the_first_that_has_one(tmp_path: Path) -> None:
    """Matroska before 0: FFmpeg gives sound its times there, and pictures none."""
    source = Source(frames=20, audio=("aac",), options={"bf": "2"})
    plain = make(tmp_path / "plain.mkv", source)
    early_s = Fraction(1, 2)
    film = copied(plain, tmp_path / "film.mkv", lambda _, at_s: at_s - early_s, avoid_negative_ts="disabled")
    with av.open(str(film)) as container:
        pts = [packet.pts for packet in container.demux(video=0) if packet.size]
    assert None in pts
    rounded_s = Fraction(pts.count(None), 1000)  # each is counted from the one before, in Matroska's ticks
    result = tmp_path / "result.mkv"
    colored(probe(film), result)
    pairs = zip(frame_times(result), frame_times(plain), strict=True)
    assert max(abs(a + early_s - b) for a, b in pairs) <= rounded_s
    sounds = zip(timed_packets(result, 1), timed_packets(film, 1), strict=True)
    assert max(abs(a[0] - b[0]) for a, b in sounds) <= WITHIN
