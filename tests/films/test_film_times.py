"""Films with odd clocks: what is shown and heard in the result is shown and heard when it was in the film,
and `tcvc verify` finds a result where it is not."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest

from tcvc_cli.errors import OutputError, TruncatedFilm
from tcvc_cli.measure.proof.compare import Terms, compare
from tcvc_cli.media.carry.copying import Copier
from tcvc_cli.media.carry.rehearsal import WantedFrames, rehearse
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.read.stated_length import overstated
from tcvc_cli.records import CarriedStream, DroppedStream, FilmInfo
from tcvc_cli.run.film.scan import scan
from tests.material.clock_material import copied, joined, trimmed, with_claimed_length, with_edits
from tests.material.film_facts import frame_times, timed_packets
from tests.material.media_sources import RATE, Source, make
from tests.material.painted_films import colored
from tests.material.present import present, seconds_of

pytestmark = pytest.mark.slow

SMALL: dict[str, Any] = {"frames": 25, "time_base": Fraction(1, 25)}
BROADCAST = Source(codec="mpeg2video", audio=("mp2",), options={"b": "1000000"}, **SMALL)
SILENT = Source(codec="mpeg2video", options={"b": "1000000"}, **SMALL)
SINGLE: dict[str, Any] = {"codec": "mjpeg", "is_full_range": True}


def failing(film: Path, result: Path, **terms: Any) -> dict[str, str]:
    """The rows of a proof that fail, but for the tags, which these tests do not write as a run does."""
    proof = compare(film, result, Terms(**terms))
    return {
        one.subject: one.words for one in proof.checks if one.verdict == "fails" and one.subject != "tags"
    }


def verified(
    film: Path, result: Path, *, cuts: Sequence[int] = (), preset: str = "access", **part: Any
) -> tuple[tuple[CarriedStream, ...], tuple[DroppedStream, ...]]:
    """Coloured, and nothing is found amiss."""
    carried = colored(probe(film), result, cuts=cuts, preset=preset, **part)
    assert failing(film, result, **part) == {}
    return carried


def heard(path: Path) -> tuple[Fraction, Fraction, int]:
    """(first, last moment of sound in seconds, samples), as a player has it."""
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=0))
    last = frames[-1]
    end_s = seconds_of(last) + Fraction(last.samples, last.sample_rate)
    return seconds_of(frames[0]), end_s, sum(frame.samples for frame in frames)


# Bare streams: their header says the rate.


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [("h264", "libx264"), ("hevc", "libx265"), ("m2v", "mpeg2video"), ("m1v", "mpeg1video")],
)
def test_a_bare_stream_has_the_rate_of_its_header(tmp_path: Path, suffix: str, codec: str) -> None:
    coded = make(tmp_path / "coded.mkv", Source(codec=codec, frames=24))
    film = tmp_path / f"film.{suffix}"
    with av.open(str(coded)) as source, av.open(str(film), "w") as target:
        video = target.add_stream_from_template(source.streams.video[0], opaque=True)
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = video
                target.mux_one(packet)
    assert probe(film).frame_rate == RATE
    assert frame_times(film) == [number / RATE for number in range(24)]
    verified(film, tmp_path / "result.mkv")
    slow = copied(tmp_path / "result.mkv", tmp_path / "slow.mkv", lambda _, at_s: at_s * RATE / 25)
    assert "frame times" in failing(film, slow)


def test_a_row_of_jpegs_is_a_film(tmp_path: Path) -> None:
    film = make(tmp_path / "film.mjpeg", Source(frames=5, time_base=Fraction(1, 25), **SINGLE))
    assert not probe(film).is_photograph
    assert frame_times(film) == [Fraction(number, 25) for number in range(5)]


# A part counts from the film's first frame, whatever its clock says.


@pytest.mark.parametrize("suffix", ["ts", "mkv"])
def test_a_part_counts_from_the_first_frame(tmp_path: Path, suffix: str) -> None:
    options = {"output_ts_offset": "3600"}
    film = make(tmp_path / f"film.{suffix}", Source(**SMALL, codec="mpeg2video", muxer_options=options))
    info = probe(film)
    part: dict[str, Any] = {"start_s": Fraction(2, 5), "end_s": Fraction(4, 5)}
    assert info.start_s >= 3600
    assert scanned(info, **part) == (10, 20)
    verified(film, tmp_path / "result.mkv", **part)
    assert len(frame_times(tmp_path / "result.mkv")) == 10
    other = {"start_s": Fraction(0), "end_s": Fraction(2, 5)}
    assert "luma" in failing(film, tmp_path / "result.mkv", **other)


def scanned(film: FilmInfo, **part: Any) -> tuple[int, int]:
    walk = scan(film, **part)
    while True:
        try:
            next(walk)
        except StopIteration as end:
            return end.value.start, end.value.stop


# Edit lists.


@pytest.mark.parametrize(("codec", "pixels"), [("mjpeg", "yuv420p"), ("prores_ks", "yuv422p10le")])
@pytest.mark.parametrize("start", [12, Fraction(25, 2)])
def test_a_trimmed_film_of_single_pictures_is_not_damaged(
    tmp_path: Path, start: Fraction | int, codec: str, pixels: str
) -> None:
    """An edit may begin in the middle of a picture, which is shown for the rest of its time."""
    kind: dict[str, Any] = {"codec": codec, "pixel_format": pixels, "is_full_range": codec == "mjpeg"}
    whole = make(tmp_path / "whole.mov", Source(audio=("pcm_s16le",), **kind, **SMALL))
    film = trimmed(whole, tmp_path / "film.mov", Fraction(start) / 25)
    expected = [Fraction(0), *((number - start) / Fraction(25) for number in range(13, 25))]
    shifts = [abs(a - b) for a, b in zip(frame_times(film), expected, strict=True)]
    assert max(shifts) < Fraction(1, 400)  # QuickTime rounds the length of the edit
    luma = [frame.luma.tobytes() for frame in read_frames(probe(whole))]
    assert [frame.luma.tobytes() for frame in read_frames(probe(film))] == luma[12:]
    verified(film, tmp_path / "result.mkv")
    without = copied(tmp_path / "result.mkv", tmp_path / "late.mkv", lambda i, s: s + Fraction(1 - i, 50))
    assert "frame times" in failing(film, without)


@pytest.mark.parametrize(("given", "codec"), [("mp4", "aac"), ("mov", "pcm_s16le"), ("mp4", "ac3")])
@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_hidden_sound_stays_hidden_and_in_step(tmp_path: Path, given: str, codec: str, suffix: str) -> None:
    whole = make(tmp_path / f"whole.{given}", Source(frames=50, time_base=Fraction(1, 25), audio=(codec,)))
    film = trimmed(whole, tmp_path / f"film.{given}", Fraction(3, 5))
    carried, _ = verified(film, tmp_path / f"result.{suffix}")
    first_s, _, samples = heard(tmp_path / f"result.{suffix}")
    assert abs(first_s) <= Fraction(1, 1000)
    assert abs(samples - heard(film)[2]) <= 1536
    first_packet_s = timed_packets(tmp_path / f"result.{suffix}", 1)[0][0]
    if suffix == "mkv":  # what a player does who knows of no delay
        assert first_packet_s > -Fraction(1, 10)
        assert "of sound that its edit list hides" in carried[1].lost[0]


def test_hidden_sound_that_came_back_is_found(tmp_path: Path) -> None:
    whole = make(tmp_path / "whole.mp4", Source(frames=50, time_base=Fraction(1, 25), audio=("aac",)))
    film = trimmed(whole, tmp_path / "film.mp4", Fraction(3, 5))
    colored(probe(film), tmp_path / "result.mkv")
    back = copied(film, tmp_path / "back.mkv", lambda _, at_s: at_s + 1)
    assert any(subject.startswith("#1 audio") for subject in failing(film, back))
    late = copied(tmp_path / "result.mkv", tmp_path / "late.mkv", lambda index, s: s + Fraction(index, 20))
    assert any(subject.startswith("#1 audio") for subject in failing(film, late))


def test_a_film_cut_together_by_its_edit_list(tmp_path: Path) -> None:
    options = {"movie_timescale": "1000"}
    whole = make(
        tmp_path / "whole.mov",
        Source(frames=40, time_base=Fraction(1, 25), audio=("pcm_s16le",), muxer_options=options, **SINGLE),
    )
    film = with_edits(whole, tmp_path / "film.mov", [(400, 0), (400, 1200)])
    luma = [frame.luma.tobytes() for frame in read_frames(probe(whole))]
    verified(film, tmp_path / "result.mkv", preset="master")
    found = [frame.luma.tobytes() for frame in read_frames(probe(tmp_path / "result.mkv"))]
    assert found == luma[:10] + luma[30:]
    sounds = [at_s for at_s, _ in timed_packets(tmp_path / "result.mkv", 1)]
    assert sounds == sorted(sounds)
    assert abs(heard(tmp_path / "result.mkv")[1] - Fraction(4, 5)) < Fraction(1, 20)


# A last picture that is held.


@pytest.mark.parametrize("cuts", [(), (5,)])
@pytest.mark.parametrize(("suffix", "preset"), [("mkv", "access"), ("mkv", "master"), ("mp4", "access")])
def test_a_last_picture_is_held_as_long(tmp_path: Path, suffix: str, preset: str, cuts: list[int]) -> None:
    pts = [*range(0, 400, 40)]
    source = Source(frames=10, time_base=Fraction(1, 1000), pts=pts, options={"bf": "2"})
    film = held(make(tmp_path / "made.mp4", source), tmp_path / "film.mp4", 3000)
    assert last_length_s(film) == 3
    verified(film, tmp_path / f"result.{suffix}", preset=preset, cuts=cuts)
    assert last_length_s(tmp_path / f"result.{suffix}") == 3
    with av.open(str(tmp_path / f"result.{suffix}")) as container:
        assert container.duration == 3_360_000
    short = held(tmp_path / f"result.{suffix}", tmp_path / f"short.{suffix}", 40)
    assert "less long" in failing(film, short)["frame times"]


def held(film: Path, path: Path, last_ticks: int) -> Path:
    """The film again, its last picture shown for `last_ticks` thousandths of a second."""
    with av.open(str(film)) as source, av.open(str(path), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0], opaque=True)
        packets = [packet for packet in source.demux(video=0) if packet.size]
        tick = packets[0].time_base
        end = max(present(packet.pts) for packet in packets) + round(Fraction(last_ticks, 1000) / tick)
        for packet in packets:
            packet.duration = 1 if packet is not packets[-1] else end - present(packet.pts)
            packet.stream = stream
            target.mux_one(packet)
    return path


def last_length_s(path: Path) -> Fraction:
    *_, last = read_frames(probe(path))
    return last.time.duration * last.time.time_base


# A header that claims more than there is.


def test_a_header_that_claims_an_hour(tmp_path: Path) -> None:
    flv = make(tmp_path / "made.flv", Source(codec="flv1", audio=("libmp3lame",), **SMALL))
    film = with_claimed_length(flv, tmp_path / "film.flv", 3600)
    assert len(frame_times(film)) == 25
    stated_s, end_s = present(overstated(probe(film)))
    assert stated_s == 3600
    assert Fraction(9, 10) < end_s < 2
    assert overstated(probe(flv)) is None
    verified(film, tmp_path / "result.mkv")


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "flv"])
def test_a_film_that_was_cut_off_is_still_found(tmp_path: Path, suffix: str) -> None:
    options = {"movflags": "faststart"} if suffix == "mp4" else {}
    source = Source(frames=100, time_base=Fraction(1, 25), audio=("aac",), muxer_options=options)
    film = make(tmp_path / f"film.{suffix}", source)
    data = film.read_bytes()
    film.write_bytes(data[: len(data) // 2])
    with pytest.raises(TruncatedFilm):
        frame_times(film)


# Sound that begins late, and recordings that were joined.


def test_sound_that_begins_in_the_middle(tmp_path: Path) -> None:
    sound = make(tmp_path / "2.ts", Source(**vars_of(BROADCAST), muxer_options={"output_ts_offset": "9"}))
    silent = make(tmp_path / "1.ts", Source(**{**vars_of(SILENT), "frames": 225}))
    film = joined(tmp_path / "film.ts", silent, sound)
    _, dropped = verified(film, tmp_path / "result.mkv")
    assert dropped == ()
    assert [stream.codec for stream in probe(film).streams] == ["mpeg2video", "mp2"]
    given, found = timed_packets(sound, 1), timed_packets(tmp_path / "result.mkv", 1)
    assert [payload for _, payload in found] == [payload for _, payload in given]
    assert max(abs(a[0] - b[0]) for a, b in zip(given, found, strict=True)) <= Fraction(1, 1000)


@pytest.mark.parametrize("suffix", ["ts", "vob"])
@pytest.mark.parametrize("count", [2, 3])
def test_joined_recordings_go_on_with_sound_and_picture_together(
    tmp_path: Path, suffix: str, count: int
) -> None:
    part = make(tmp_path / f"part.{suffix}", BROADCAST)
    film = joined(tmp_path / f"film.{suffix}", *[part] * count)
    result = tmp_path / "result.mkv"
    verified(film, result)
    pictures, sounds = frame_times(result), [at_s for at_s, _ in timed_packets(result, 1)]
    assert len(pictures) == 25 * count
    assert pictures == sorted(set(pictures))
    assert sounds == sorted(set(sounds))
    one = [payload for _, payload in timed_packets(part, 1)]
    assert [payload for _, payload in timed_packets(result, 1)] == one * count
    offsets = [sounds[len(one) * number] - pictures[25 * number] for number in range(count)]
    assert max(offsets) - min(offsets) <= Fraction(1, 500)
    assert max(b - a for a, b in pairwise(pictures)) < Fraction(1, 8)
    apart = copied(result, tmp_path / "apart.mkv", lambda i, s: s + Fraction(i, 5) if s > pictures[25] else s)
    assert any(subject.startswith("#1 audio") for subject in failing(film, apart))


def test_what_cannot_be_written_is_found_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the repair of clocks, and without putting times that go back in order."""
    part = make(tmp_path / "part.ts", BROADCAST)
    film = probe(joined(tmp_path / "film.ts", part, part))
    rehearse(film, tmp_path / "result.mkv", WantedFrames(0, 50), "access")
    monkeypatch.setattr("tcvc_cli.media.read.probe.may_be_joined", lambda _: False)
    rehearse(film, tmp_path / "result.mkv", WantedFrames(0, 50), "access")
    monkeypatch.setattr(Copier, "_keep_order", lambda *_: None)
    with pytest.raises(OutputError, match=r"result.mkv does not take #1 audio mp2 of film.ts at"):
        rehearse(film, tmp_path / "result.mkv", WantedFrames(0, 50), "access")
    assert not (tmp_path / "result.mkv").exists()


@pytest.mark.parametrize("suffix", ["mkv", "mp4", "mov"])
def test_what_can_be_written_is_not_refused(tmp_path: Path, suffix: str) -> None:
    source = Source(frames=24, audio=("aac", "ac3"), has_subtitle=True, has_chapters=True, has_cover=True)
    film = probe(make(tmp_path / "film.mp4", source))
    rehearse(film, tmp_path / f"result.{suffix}", WantedFrames(0, 24), "access")


def test_times_that_go_back_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part = make(tmp_path / "part.ts", BROADCAST)
    film = joined(tmp_path / "film.ts", part, part)
    monkeypatch.setattr("tcvc_cli.media.read.probe.may_be_joined", lambda _: False)
    carried, _ = colored(probe(film), tmp_path / "result.mkv")
    monkeypatch.undo()
    assert "times that went back" in carried[1].lost[0]
    assert any(subject.startswith("#1 audio") for subject in failing(film, tmp_path / "result.mkv"))


def test_a_clock_that_jumps_forward_is_kept(tmp_path: Path) -> None:
    later = Source(**vars_of(BROADCAST), muxer_options={"output_ts_offset": "100"})
    parts = make(tmp_path / "1.ts", BROADCAST), make(tmp_path / "2.ts", later)
    film = joined(tmp_path / "film.ts", *parts)
    verified(film, tmp_path / "result.mkv")
    assert frame_times(tmp_path / "result.mkv")[25] - frame_times(tmp_path / "result.mkv")[24] > 98


def vars_of(source: Source) -> dict[str, Any]:
    return {name: getattr(source, name) for name in ("codec", "audio", "options", "frames", "time_base")}
