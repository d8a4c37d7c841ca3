"""Films that begin late, or whose first pictures do not say when: nothing is held longer or moved."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from av.stream import Disposition

from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tests.material.clock_material import copied, joined, with_edits
from tests.material.film_facts import frame_times, timed_packets
from tests.material.media_sources import Source, make
from tests.material.painted_films import colored
from tests.material.present import present

pytestmark = pytest.mark.slow

SMALL: dict[str, Any] = {"frames": 20, "time_base": Fraction(1, 25)}
FRAME_S = Fraction(1, 25)
UNMIXED: dict[str, dict[str, str]] = {"libx264": {"bf": "0", "g": "5"}, "mjpeg": {}}
WITHIN = Fraction(1, 500)


@pytest.mark.parametrize("codec", ["libx264", "mjpeg"])
def test_a_pause_before_a_trimmed_picture_does_not_hold_its_last_frame(tmp_path: Path, codec: str) -> None:
    """FFmpeg counts the pause as part of the picture's length there."""
    source = Source(**{**SMALL, "frames": 40}, codec=codec, is_full_range=True, options=UNMIXED[codec])
    plain = make(tmp_path / "plain.mov", source)
    early = copied(plain, tmp_path / "early.mov", lambda _, s: s - FRAME_S, avoid_negative_ts="disabled")
    film = with_edits(early, tmp_path / "film.mov", [(700, -1), (400, 400)])
    last = list(read_frames(probe(film)))[-1].time
    assert abs(last.duration * last.time_base - FRAME_S) <= WITHIN
    assert abs(last.seconds + FRAME_S - Fraction(11, 10)) <= WITHIN


@pytest.mark.parametrize("codec", ["libx264", "mjpeg"])
def test_a_last_frame_that_is_held_behind_a_pause_stays_held(tmp_path: Path, codec: str) -> None:
    times = [*range(10), 30, 31]
    source = Source(
        frames=12, time_base=FRAME_S, pts=times, codec=codec, is_full_range=True, options=UNMIXED[codec]
    )
    plain = make(tmp_path / "plain.mkv", source)
    film = copied(plain, tmp_path / "film.mp4", lambda _, at_s: at_s + Fraction(7, 10))
    found = [frame.time for frame in read_frames(probe(film))]
    assert [one.seconds - found[0].seconds for one in found] == [time * FRAME_S for time in times]
    assert found[0].seconds == Fraction(7, 10)
    colored(probe(film), tmp_path / "result.mp4")
    with av.open(str(film)) as one, av.open(str(tmp_path / "result.mp4")) as other:
        assert [c.streams.video[0].start_time for c in (one, other)] != [0, 0]
        assert one.duration == other.duration


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


LOOKED_AT_BYTES = 5_000_000  # FFmpeg's usual `probesize`


@pytest.mark.parametrize("suffix", ["vob", "ts"])
def test_sound_that_begins_behind_what_is_looked_at_first_is_carried(tmp_path: Path, suffix: str) -> None:
    """Program streams do not even announce it."""
    large: dict[str, Any] = {"codec": "mpeg2video", "width": 640, "height": 480}
    options = {"b": "90000000", "qmin": "1", "qmax": "1"}
    silent = make(tmp_path / f"1.{suffix}", Source(frames=50, options=options, **large))
    later = {"output_ts_offset": "9"}
    heard = make(tmp_path / f"2.{suffix}", Source(frames=20, audio=("mp2",), muxer_options=later, **large))
    assert silent.stat().st_size > LOOKED_AT_BYTES
    film, result = joined(tmp_path / f"film.{suffix}", silent, heard), tmp_path / "result.mkv"
    _, dropped = colored(probe(film), result, preset="master")
    assert dropped == ()
    given, found = timed_packets(heard, 1), timed_packets(result, 1)
    assert [payload for _, payload in found] == [payload for _, payload in given]
    assert max(abs(a[0] - b[0]) for a, b in zip(given, found, strict=True)) <= WITHIN
    assert len(frame_times(result)) == 70


def test_a_second_picture_whose_decode_times_are_guessed_keeps_its_times(tmp_path: Path) -> None:
    """Matroska states when a picture is shown, and FFmpeg guesses wrong where it has not looked ahead."""
    first = make(tmp_path / "first.mkv", Source(frames=60, codec="mpeg4"))
    second = make(tmp_path / "second.mkv", Source(frames=20, options={"bf": "3", "g": "12"}))
    film = tmp_path / "film.mkv"
    with av.open(str(film), "w") as target, av.open(str(first)) as one, av.open(str(second)) as other:
        tracks = [target.add_stream_from_template(c.streams.video[0], opaque=True) for c in (one, other)]
        tracks[0].disposition, tracks[1].disposition = Disposition.default, Disposition(0)
        for container, track, moved_s in ((one, tracks[0], 0), (other, tracks[1], 1)):
            for packet in container.demux(video=0):
                if packet.size:
                    ticks = round(moved_s / present(packet.time_base))
                    packet.pts = present(packet.pts) + ticks
                    packet.dts = None if packet.dts is None else packet.dts + ticks
                    packet.stream = track
                    target.mux_one(packet)
    result = tmp_path / "result.mkv"
    carried, _ = colored(probe(film), result, preset="master")
    assert carried[1].lost == ()
    assert timed_packets(result, 1) == timed_packets(film, 1)
