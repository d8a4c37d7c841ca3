"""Nothing but the picture changes: every other stream comes out packet by packet as it went in."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest
from av.container.input import InputContainer
from av.stream import AttachmentStream
from av.subtitles.subtitle import AssSubtitle
from av.video.stream import VideoStream

from tcvc_cli.media.carry.copying import ChapterMark
from tcvc_cli.media.carry.remux import remux
from tcvc_cli.media.inspect.packets import packet_hashes
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import open_film, probe
from tcvc_cli.records import COMPUTED
from tests.material.film_facts import chapters, frame_times, timed_packets
from tests.material.media_sources import CHAPTERS, Source, make
from tests.material.painted_films import EXTRA_TAGS, colored, is_within, painted, segments_of
from tests.material.present import present, seconds_of

FULL = Source(
    audio=("aac", "flac"), has_subtitle=True, has_chapters=True, has_attachment=True, has_cover=True
)


def end_of_streams(path: Path) -> tuple[Fraction, ...]:
    """When the last packet of each stream ends, in seconds; 0 for a stream without packets."""
    with open_film(path) as container:
        ends = [Fraction(0)] * len(container.streams)
        for packet in container.demux():
            if packet.size and packet.pts is not None:
                end = (packet.pts + (packet.duration or 0)) * packet.time_base
                ends[packet.stream_index] = max(ends[packet.stream_index], end)
        return tuple(ends)


def streams(path: Path, kind: str) -> list[int]:
    return [stream.index for stream in probe(path).streams if stream.kind == kind]


def tags(path: Path) -> dict[str, str]:
    with av.open(str(path)) as container:
        return {key.lower(): value for key, value in container.metadata.items()}


EXPECTED_CHAPTERS = [(Fraction(0), Fraction(1, 2), "One"), (Fraction(1, 2), Fraction(3, 2), "Two")]


def test_matroska_keeps_everything(tmp_path: Path) -> None:
    path = make(tmp_path / "film.mkv", FULL)
    film = probe(path)
    output = tmp_path / "result.mkv"
    carried, dropped = colored(film, output, cuts=[7, 20])
    assert dropped == ()
    assert [one.stream for one in carried] == list(film.streams)
    assert {one.how for one in carried if one.stream.index != film.video_index} == {"copied"}
    result = probe(output)
    assert [replace(s, codec="") for s in result.streams] == [replace(s, codec="") for s in film.streams]
    for index in (1, 2, *streams(path, "subtitle")):
        assert packet_hashes(output, index) == packet_hashes(path, index)
        assert len(packet_hashes(path, index)) > 1
    with av.open(str(path)) as one, av.open(str(output)) as other:
        for mine, theirs in zip(one.streams, other.streams, strict=True):
            assert mine.disposition == theirs.disposition
            assert mine.language == theirs.language
        (note,) = (s for s in other.streams if isinstance(s, AttachmentStream))
        assert (note.name, note.mimetype, note.data) == ("note.txt", "text/plain", b"carry me\x00too")
        covers = [[bytes(p) for p in c.demux(s) if p.size] for c, s in cover_of(one, other)]
        assert covers[0] == covers[1] != []
    assert chapters(output) == EXPECTED_CHAPTERS
    assert tags(output)["title"] == "A film"
    assert tags(output)[COMPUTED.lower()] == EXTRA_TAGS[COMPUTED]
    assert frame_times(output) == frame_times(path)


def cover_of(*containers: InputContainer) -> list[tuple[InputContainer, VideoStream]]:
    return [(c, s) for c in containers for s in c.streams.video if s.disposition & 1024]


@pytest.mark.parametrize("suffix", ["mp4", "mov"])
def test_mp4_and_quicktime_keep_everything_they_had(tmp_path: Path, suffix: str) -> None:
    source = replace(FULL, audio=("aac", "aac"), has_attachment=False, has_cover=False)
    path = make(tmp_path / f"film.{suffix}", source)
    film = probe(path)
    output = tmp_path / f"result.{suffix}"
    carried, dropped = colored(film, output, cuts=[13])
    assert dropped == ()
    assert len(carried) == len(film.streams)
    assert "as chapters" in {one.how for one in carried}
    result = probe(output)
    assert [(s.kind, s.codec, s.language, s.title) for s in result.streams] == [
        (s.kind, s.codec, s.language, s.title) for s in film.streams
    ]
    for kind in ("audio", "subtitle"):
        for index in streams(path, kind):
            assert packet_hashes(output, index) == packet_hashes(path, index)
            assert len(packet_hashes(path, index)) > 1
    assert chapters(output) == EXPECTED_CHAPTERS
    assert tags(output)["title"] == "A film"
    assert tags(output)["comment"] == f"made for a test\n{COMPUTED}: {EXTRA_TAGS[COMPUTED]}"
    assert frame_times(output) == frame_times(path)


def test_free_tags_of_an_mp4_stay_free_tags(tmp_path: Path) -> None:
    free = {"director": "Somebody", "com.apple.quicktime.make": "A camera"}
    options = {"movflags": "+use_metadata_tags"}
    path = make(tmp_path / "film.mp4", Source(frames=3, tags=free, muxer_options=options))
    colored(probe(path), tmp_path / "result.mp4")
    expected = free | {"title": "A film", COMPUTED.lower(): EXTRA_TAGS[COMPUTED]}
    assert tags(tmp_path / "result.mp4").items() >= expected.items()


def test_mp4_cover_art_is_kept(tmp_path: Path) -> None:
    path = make(tmp_path / "film.mp4", Source(audio=("aac",), has_cover=True))
    film = probe(path)
    carried, dropped = colored(film, tmp_path / "result.mp4")
    assert (len(carried), dropped) == (3, ())
    (one, mine), (other, theirs) = cover_of(av.open(str(path)), av.open(str(tmp_path / "result.mp4")))
    assert [bytes(p) for p in one.demux(mine)] == [bytes(p) for p in other.demux(theirs)]
    assert tags(tmp_path / "result.mp4")["title"] == "A film"


@pytest.mark.parametrize(("given", "suffix"), [("mkv", "mp4"), ("mkv", "mov"), ("mp4", "mkv")])
def test_text_subtitles_are_rewritten_where_needed(tmp_path: Path, given: str, suffix: str) -> None:
    path = make(tmp_path / f"film.{given}", Source(audio=("aac",), has_subtitle=True))
    output = tmp_path / f"result.{suffix}"
    carried, dropped = colored(probe(path), output)
    expected = "mov_text to subrip" if suffix == "mkv" else "subrip to mov_text"
    assert [one.how for one in carried] == ["coloured", "copied", expected]
    assert dropped == ()
    texts = spoken(output)
    assert [(start, length) for start, length, _ in texts] == [
        (Fraction(1, 10), Fraction(6, 10)),
        (Fraction(8, 10), Fraction(4, 10)),
    ]
    assert [text for *_, text in texts] == ["Hello {\\i1}there{\\i0}\\Nsecond line", "Bye é"]
    assert probe(output).streams[2].language == "fra"
    with av.open(str(path)) as one, av.open(str(output)) as other:
        if suffix != "mov":  # QuickTime has no word for "forced"; both call the first track default
            assert one.streams[2].disposition | 1 == other.streams[2].disposition | 1


def spoken(path: Path) -> list[tuple[Fraction, Fraction, str]]:
    """(time, duration, text in ASS markup) of every subtitle that says something."""
    found = []
    with av.open(str(path)) as container:
        (stream,) = container.streams.subtitles
        for packet in container.demux(stream):
            for text in stream.decode(packet) if packet.size else ():
                tick = present(packet.time_base)
                assert isinstance(text, AssSubtitle)
                words = text.ass.decode().split(",", 8)[-1].replace("{\\r}", "{\\i0}")
                found.append((seconds_of(packet), present(packet.duration) * tick, words))
    return found


def test_what_cannot_be_carried_is_said(tmp_path: Path) -> None:
    path = make(tmp_path / "film.mkv", FULL)
    film = probe(path)
    carried, dropped = colored(film, tmp_path / "result.mp4")
    assert [(one.stream.kind, one.why) for one in dropped] == [
        ("attachment", "mp4 cannot hold attachment of the kind text/plain")
    ]
    assert len(carried) + len(dropped) == len(film.streams)
    assert len(probe(tmp_path / "result.mp4").streams) >= len(carried)


def test_b_frames_in_matroska_lose_no_frame(tmp_path: Path) -> None:
    path = make(tmp_path / "film.mkv", Source(options={"bf": "4", "b-pyramid": "strict", "b-adapt": "0"}))
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(0) if packet.size]
    assert any(packet.dts is None for packet in packets)
    assert [packet.pts for packet in packets] != sorted(present(packet.pts) for packet in packets)
    frames = list(read_frames(probe(path)))
    assert [frame.number for frame in frames] == list(range(Source().frames))
    assert sorted(present(packet.pts) for packet in packets) == [frame.time.pts for frame in frames]


@pytest.mark.parametrize("preset", ["access", "master"])
@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_segments_are_joined_without_a_seam(tmp_path: Path, preset: str, suffix: str) -> None:
    path = make(tmp_path / f"film.{suffix}", Source(frames=60))
    film = probe(path)
    output = tmp_path / ("result.mkv" if preset == "master" else f"result.{suffix}")
    colored(film, output, cuts=[1, 4, 31], preset=preset)
    off = [abs(one - other) for one, other in zip(frame_times(output), frame_times(path), strict=True)]
    assert max(off) <= (Fraction(1, 2000) if output.suffix == ".mkv" else 0)  # Matroska counts in 1/1000 s
    with av.open(str(output)) as container:
        packets = [packet for packet in container.demux(0) if packet.size]
    decode_times = [packet.dts for packet in packets if packet.dts is not None]
    assert all(one < other for one, other in pairwise(decode_times))
    assert all(packet.dts is None or packet.dts <= present(packet.pts) for packet in packets)
    assert len(packets) == 60
    assert probe(output).frame_rate == film.frame_rate


def test_h264_segments_share_one_header(tmp_path: Path) -> None:
    film = probe(make(tmp_path / "film.mkv", Source(frames=40)))
    colored(film, tmp_path / "result.mkv", cuts=[1, 13])
    headers = set()
    for number in range(3):
        with av.open(str(tmp_path / f"result.{number}.segment")) as segment:
            headers.add(segment.streams.video[0].codec_context.extradata)
    assert len(headers) == 1


def test_a_cut_film_starts_at_zero(tmp_path: Path) -> None:
    path = make(tmp_path / "film.mkv", replace(FULL, frames=48))
    film = probe(path)
    output = tmp_path / "result.mkv"
    start_s, end_s = Fraction(6, 10), Fraction(17, 10)
    colored(film, output, start_s=start_s, end_s=end_s)
    kept = [frame.time.seconds for frame in read_frames(film) if is_within(film, frame, start_s, end_s)]
    assert frame_times(output) == [time - kept[0] for time in kept]
    for index in (1, 2):
        sound = [one for one in timed_packets(path, index) if kept[0] <= one[0] < end_s]
        assert timed_packets(output, index, shift=kept[0]) == sound
        assert len(sound) > 2
    (subtitle,) = streams(output, "subtitle")
    assert [round(float(time), 3) for time, _ in timed_packets(output, subtitle)] == [0.0, 0.174]
    assert chapters(output) == [(Fraction(0), Fraction(3, 2) - kept[0], "Two")]
    assert max(end_of_streams(output)) <= end_s - kept[0] + Fraction(1, 10)
    assert [s.kind for s in probe(output).streams] == [s.kind for s in film.streams]


@pytest.mark.parametrize("suffix", ["mkv", "mp4", "mov"])
def test_the_picture_alone_with_other_chapters(tmp_path: Path, suffix: str) -> None:
    film = probe(make(tmp_path / "film.mkv", FULL))
    output = tmp_path / f"result.{suffix}"
    frames = [painted(frame, film, "access") for frame in read_frames(film)]
    segments = segments_of(film, frames, "access", output)
    alone = replace(film, streams=tuple(one for one in film.streams if one.index == film.video_index))
    half = Fraction(1, 2)
    marks = (ChapterMark(Fraction(0), half, "shot 1"), ChapterMark(half, Fraction(1), 'a "b" <c>'))
    remux(alone, segments, output, start_s=Fraction(0), extra_tags={}, chapters=marks)
    assert chapters(output) == [(one.start_s, one.stop_s, one.title) for one in marks]
    assert [
        one.kind for one in probe(output).streams if one.kind in ("audio", "subtitle", "attachment")
    ] == []
    assert frame_times(output) == [time - film.start_s for time in frame_times(film.path)]


def test_the_end_alone_moves_nothing(tmp_path: Path) -> None:
    path = make(tmp_path / "film.mkv", Source(audio=("flac",)))
    colored(probe(path), tmp_path / "result.mkv", end_s=Fraction(1))
    kept = [time for time in frame_times(path) if time < 1]
    assert frame_times(tmp_path / "result.mkv") == kept
    assert timed_packets(tmp_path / "result.mkv", 1) == [one for one in timed_packets(path, 1) if one[0] < 1]


@pytest.mark.parametrize("start", [0, 1, 23, 41, 80, 5000])
@pytest.mark.parametrize("suffix", ["mkv", "mp4", "mov"])
def test_a_film_that_starts_late_still_does(tmp_path: Path, start: int, suffix: str) -> None:
    pts = list(range(start, start + 30 * 40, 40))
    path = make(tmp_path / f"film.{suffix}", Source(frames=30, time_base=Fraction(1, 1000), pts=pts))
    colored(probe(path), tmp_path / f"result.{suffix}", cuts=[9])
    assert frame_times(path)[0] == Fraction(start, 1000)
    assert frame_times(tmp_path / f"result.{suffix}") == frame_times(path)


@pytest.mark.parametrize("rotation", [90, 180, 270])
@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_a_turned_film_stays_turned(tmp_path: Path, rotation: int, suffix: str) -> None:
    path = make(tmp_path / f"film.{suffix}", Source(frames=3, rotation=rotation))
    colored(probe(path), tmp_path / f"result.{suffix}")
    turns = []
    for one in (path, tmp_path / f"result.{suffix}"):
        with av.open(str(one)) as container:
            turns.append(next(container.decode(video=0)).rotation % 360)
    assert turns == [rotation, rotation]


@pytest.mark.parametrize("suffix", ["mkv", "mp4", "mov"])
def test_a_timecode_is_kept(tmp_path: Path, suffix: str) -> None:
    path = make(tmp_path / "film.mov", Source(frames=30, timecode="10:20:30:00"))
    film = probe(path)
    assert [stream.codec for stream in film.streams if stream.kind == "data"] == ["tmcd"]
    carried, dropped = colored(film, tmp_path / f"result.{suffix}")
    assert (carried[-1].how, dropped) == ("as the timecode tag", ())
    with av.open(str(tmp_path / f"result.{suffix}")) as container:
        found = {key.lower(): value for key, value in container.streams.video[0].metadata.items()}
    assert found["timecode"] == "10:20:30:00"


def test_sound_and_picture_are_woven_together(tmp_path: Path) -> None:
    """No player should have to look far ahead: packets stand in the order in which they are needed."""
    path = make(tmp_path / "film.mkv", Source(frames=120, audio=("aac", "flac")))
    colored(probe(path), tmp_path / "result.mkv", cuts=[40, 80])
    with av.open(str(tmp_path / "result.mkv")) as container:
        moments = [seconds_of(packet) for packet in container.demux() if packet.size]
    latest = Fraction(0)
    for moment in moments:
        assert moment > latest - Fraction(1, 2)
        latest = max(latest, moment)


def test_chapters_of_the_source_are_what_the_test_thinks(tmp_path: Path) -> None:
    assert chapters(make(tmp_path / "film.mkv", FULL)) == EXPECTED_CHAPTERS
    assert len(CHAPTERS) == probe(tmp_path / "film.mkv").chapter_count == 2
