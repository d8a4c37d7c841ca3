"""Every frame of a film comes out once, in order, with a time of its own."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from av.stream import Disposition

from tcvc_cli.errors import TruncatedFilm
from tcvc_cli.media.read.clock import Clock
from tcvc_cli.media.read.decode import read_frames, read_small_luma
from tcvc_cli.media.read.probe import probe
from tests.material.media_sources import RATE, Source, make, planes
from tests.material.present import present

LOSSLESS = Source(codec="ffv1", frames=12)


def test_the_film_is_described(tmp_path: Path) -> None:
    film = probe(make(tmp_path / "film.mkv", replace(LOSSLESS, audio=("flac",), has_chapters=True)))
    assert film.container == "matroska,webm"
    assert not film.is_photograph
    assert (film.size_px, film.frame_count, film.frame_rate) == ((64, 48), 12, RATE)
    assert (film.time_base, film.sample_aspect, film.chapter_count) == (Fraction(1, 1000), Fraction(1), 2)
    assert [(s.index, s.kind, s.codec, s.language) for s in film.streams] == [
        (0, "video", "ffv1", "eng"),
        (1, "audio", "flac", "eng"),
    ]
    assert film.streams[1].title == "Sound 0"


@pytest.mark.parametrize(
    ("start", "stop"), [(0, None), (3, 7), (11, None), (0, 1), (5, 5), (12, 20), (20, None)]
)
def test_a_part_of_the_film(tmp_path: Path, start: int, stop: int | None) -> None:
    film = probe(make(tmp_path / "film.mkv", LOSSLESS))
    frames = list(read_frames(film, start, stop))
    assert [frame.number for frame in frames] == list(range(12))[start:stop]
    for frame in frames:
        assert np.array_equal(frame.luma, planes(LOSSLESS, frame.number)[0])


def test_small_luma_is_the_average_of_the_luma(tmp_path: Path) -> None:
    source = replace(LOSSLESS, width=320, height=180)
    film = probe(make(tmp_path / "film.mkv", source))
    small = list(read_small_luma(film, 80))
    frames = list(read_frames(film))
    assert [time for time, _ in small] == [frame.time for frame in frames]
    for (_, luma), frame in zip(small, frames, strict=True):
        assert (luma.shape, luma.dtype) == ((45, 80), np.dtype(np.uint8))
        blocks = frame.luma.reshape(45, 4, 80, 4).mean(axis=(1, 3))
        assert np.abs(luma - blocks).max() <= 0.5


@pytest.mark.parametrize(("name", "top"), [("yuv420p10le", 1023), ("gray16le", 65535), ("yuv444p12le", 4095)])
def test_small_luma_of_deep_films_has_eight_bits(tmp_path: Path, name: str, top: int) -> None:
    film = probe(make(tmp_path / "film.mkv", replace(LOSSLESS, pixel_format=name)))
    for (_, small), frame in zip(read_small_luma(film, 64), read_frames(film), strict=True):
        assert small.shape == (48, 64)
        assert np.array_equal(small, (frame.luma.astype(np.uint32) * 256 // (top + 1)).astype(np.uint8))


def test_small_luma_never_enlarges(tmp_path: Path) -> None:
    film = probe(make(tmp_path / "film.mkv", LOSSLESS))
    assert next(read_small_luma(film, 1000))[1].shape == (48, 64)


def test_a_stream_without_any_time_has_its_frame_rate(tmp_path: Path) -> None:
    """A bare H.264 stream: B-frames, and no clock at all."""
    film = probe(make(tmp_path / "film.h264", Source(options={"bf": "3"})))
    frames = list(read_frames(film))
    assert len(frames) == Source().frames
    steps = {frames[i + 1].time.pts - frames[i].time.pts for i in range(len(frames) - 1)}
    assert {step * film.time_base for step in steps} == {1 / film.frame_rate}


def write_with_times(path: Path, times: Sequence[int]) -> Path:
    """An intra-only film whose packets carry these times, None for none, in ticks of 1/1000 s."""
    source = replace(LOSSLESS, codec="mjpeg", frames=len(times), is_full_range=True)
    whole = make(path.with_name(f"whole{path.suffix}"), source)
    with av.open(str(whole)) as given, av.open(str(path), "w") as film:
        stream = film.add_stream_from_template(given.streams[0], opaque=True)
        stream.time_base = Fraction(1, 1000)
        packets = [packet for packet in given.demux(0) if packet.size]
        for packet, time in zip(packets, times, strict=True):
            packet.pts = packet.dts = time
            packet.time_base, packet.duration, packet.stream = Fraction(1, 1000), None, stream
            film.mux(packet)
    return path


def test_equal_times_lose_no_frame(tmp_path: Path) -> None:
    path = write_with_times(tmp_path / "film.mkv", [0, 40, 40, 120, 160, 160, 160, 280])
    frames = list(read_frames(probe(path)))
    assert [frame.time.pts for frame in frames] == [0, 40, 41, 120, 160, 161, 162, 280]
    assert all(frame.time.duration > 0 for frame in frames)


def test_times_that_jump_back_go_on(tmp_path: Path) -> None:
    film = probe(make(tmp_path / "film.mkv", LOSSLESS))
    clock, step = Clock(film), round(1 / (film.frame_rate * film.time_base))
    far = 1000 * step
    assert [clock.next(pts) for pts in (far, far + step, 5, 5 + step, None)] == [
        far,
        far + step,
        far + 2 * step,
        far + 3 * step,
        far + 4 * step,
    ]


def test_durations_reach_to_the_next_frame(tmp_path: Path) -> None:
    pts = [0, 40, 73, 80, 200, 201, 260, 1000]
    source = replace(LOSSLESS, frames=8, time_base=Fraction(1, 1000), pts=pts)
    frames = list(read_frames(probe(make(tmp_path / "film.mkv", source))))
    assert [frame.time.pts for frame in frames] == pts
    assert [frame.time.duration for frame in frames][:-1] == [b - a for a, b in pairwise(pts)]
    assert frames[-1].time.duration > 0


@pytest.mark.parametrize(
    "codec", ["libx264", "mpeg2video", "mpeg4", "libx265", "libvpx-vp9", "mjpeg", "ffv1", "prores_ks"]
)
def test_every_frame_of_many_codecs(tmp_path: Path, codec: str) -> None:
    if codec not in av.codecs_available:
        pytest.skip(f"this FFmpeg has no {codec}")
    options = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    name = "yuv422p10le" if codec == "prores_ks" else "yuv420p"
    base = Fraction(1, 24) if codec in ("mpeg2video", "mpeg4") else 1 / RATE
    source = Source(
        codec=codec,
        frames=30,
        options=options,
        pixel_format=name,
        time_base=base,
        is_full_range=codec == "mjpeg",
    )
    frames = list(read_frames(probe(make(tmp_path / "film.mkv", source))))
    assert [frame.number for frame in frames] == list(range(30))
    top = 4 if name.endswith("10le") else 1
    for frame in frames:
        wrong = np.abs(frame.luma.astype(int) - planes(source, frame.number)[0])
        assert np.median(wrong) < 40 * top


def test_sound_before_and_after_the_picture_changes_nothing(tmp_path: Path) -> None:
    late = replace(
        LOSSLESS, time_base=Fraction(1, 1000), pts=range(2000, 2480, 40), audio=("flac",), sound_tail_s=4.0
    )
    frames = list(read_frames(probe(make(tmp_path / "film.mkv", late))))
    assert [frame.time.pts for frame in frames] == list(present(late.pts))


def test_the_stream_that_is_meant_is_chosen(tmp_path: Path) -> None:
    """Two pictures; the second is marked as the one to show."""
    path = tmp_path / "film.mkv"
    with av.open(str(path), "w") as film:
        streams = [film.add_stream("mpeg4", rate=25) for _ in range(2)]
        for stream, size, disposition in zip(streams, (32, 64), (0, 1), strict=True):
            stream.width = stream.height = size
            stream.pix_fmt, stream.disposition = "yuv420p", Disposition(disposition)
        film.start_encoding()
        for stream in streams:
            picture = av.VideoFrame(stream.width, stream.height, "yuv420p")
            picture.pts = 0
            film.mux([*stream.encode(picture), *stream.encode(None)])
    assert (probe(path).video_index, probe(path).width_px) == (1, 64)


def test_a_packet_that_is_cut_off_is_not_a_frame(tmp_path: Path) -> None:
    """The last packet of this MP4 begins inside the file and ends behind it."""
    source = Source(codec="mjpeg", frames=10, is_full_range=True, muxer_options={"movflags": "faststart"})
    path = make(tmp_path / "film.mp4", source)
    whole = list(read_frames(probe(path)))
    path.write_bytes(path.read_bytes()[:-40])
    film = probe(path)
    seen: list[Any] = []
    with pytest.raises(TruncatedFilm):
        seen.extend(read_frames(film))
    seen = list(read_frames(film, 0, 9))
    assert len(seen) == 9
    assert all(np.array_equal(one.luma, other.luma) for one, other in zip(seen, whole, strict=False))


def test_grey_films_have_no_chroma(tmp_path: Path) -> None:
    film = probe(make(tmp_path / "film.mkv", replace(LOSSLESS, pixel_format="gray10le")))
    frame = next(read_frames(film))
    assert film.pixel_format.is_grey
    assert (frame.cb, frame.cr) == (None, None)
    assert np.array_equal(frame.luma, planes(replace(LOSSLESS, pixel_format="gray10le"), 0)[0])


def test_average_of_opencv_is_what_is_meant() -> None:
    """INTER_AREA with a whole factor is the mean, rounded; the small luma relies on it."""
    given = np.random.default_rng(0).integers(0, 65536, (64, 64)).astype(np.uint16)
    small = cv2.resize(given, (16, 16), interpolation=cv2.INTER_AREA)
    assert np.abs(small - given.reshape(16, 4, 16, 4).mean(axis=(1, 3))).max() <= 0.5


def test_a_part_of_a_film_that_still_names_the_length_of_the_whole_is_whole(tmp_path: Path) -> None:
    """As `ffmpeg -t 0.5 -f nut` leaves a Matroska film: the tag is copied, and wrong."""
    whole = make(tmp_path / "whole.mkv", LOSSLESS)
    with av.open(str(whole)) as source, av.open(str(tmp_path / "part.nut"), "w") as part:
        stream = part.add_stream_from_template(source.streams.video[0])
        stream.metadata["DURATION"] = "00:00:08.000000000"
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                part.mux(packet)
    with av.open(str(tmp_path / "part.nut")) as part:
        assert "DURATION" in part.streams.video[0].metadata
    assert len(list(read_frames(probe(tmp_path / "part.nut")))) == 12


def test_a_picture_goes_when_nobody_holds_it(tmp_path: Path) -> None:
    """Without waiting for the garbage collector: pictures are large, and it counts objects."""
    film = probe(make(tmp_path / "film.mkv", Source(frames=12)))
    for _ in read_frames(film):  # whatever is loaded once
        pass
    gc.collect()
    gc.disable()
    try:
        for _ in (*read_frames(film), *read_small_luma(film)):
            pass
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        assert not [one for one in gc.garbage if isinstance(one, av.VideoFrame)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
