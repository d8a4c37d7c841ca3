"""Reading from the middle of a film gives what reading from its start gives, whatever the film."""

from __future__ import annotations

import gc
import logging
import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.container import InputContainer
from hypothesis import given, settings
from hypothesis import strategies as st

from tcvc_cli.errors import TcvcError
from tcvc_cli.media.planes import Frame, pixel_format, sample_bytes
from tcvc_cli.media.read.clock import ClockState
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.pictures import Decoded, Reader
from tcvc_cli.media.read.probe import demuxed, open_film, probe
from tcvc_cli.media.read.seen import frame_index as indexes
from tcvc_cli.media.read.seen.frame_index import FrameIndex, KeyPacket, checksum, frame_index
from tcvc_cli.plain import from_json, from_plain, to_json, to_plain
from tcvc_cli.records import ColorTags, FilmInfo, FrameFacts, FrameTime
from tests.material.media_sources import make
from tests.material.seeking_material import FAST, FRAMES, KINDS, OPEN_GOP, STEADY, Kind, Way, matrix_kinds

needs_ffmpeg = pytest.mark.skipif(
    shutil.which("ffmpeg") is None, reason="the films are made with Debian's ffmpeg"
)


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    indexes.forget()
    yield
    indexes.forget()


def all_of(frames: Iterator[Frame]) -> tuple[list[Frame], tuple[type, str] | None]:
    """The frames, and the error behind them."""
    seen: list[Frame] = []
    try:
        seen.extend(frames)  # keeps what came before the error
    except TcvcError as error:
        return seen, (type(error), str(error))
    return seen, None


def assert_same(found: list[Frame], expected: list[Frame]) -> None:
    assert [one.number for one in found] == [one.number for one in expected]
    for one, other in zip(found, expected, strict=True):
        assert (one.time, one.facts) == (other.time, other.facts), one.number
        for plane, reference in ((one.luma, other.luma), (one.cb, other.cb), (one.cr, other.cr)):
            assert (plane is None) == (reference is None), one.number
            if plane is not None and reference is not None:
                assert plane.dtype == reference.dtype
                assert np.array_equal(plane, reference), one.number


def starts_in(frames: int, keys: list[int], chance: random.Random) -> list[int]:
    """First and last, at and around key frames, and three by chance."""
    wanted = {0, 1, frames - 2, frames - 1, *(chance.randrange(frames) for _ in range(3))}
    for key in keys[1:]:
        wanted |= {key - 1, key, key + 1}
    return sorted(start for start in wanted if 0 <= start < frames)


def way_told(caplog: pytest.LogCaptureFixture) -> Way:
    said = [record.getMessage() for record in caplog.records if record.name == "tcvc.read"]
    if any("from frame 0" in one for one in said):
        return "from the start"
    return "counted" if any("seeking does not lead" in one for one in said) else "sought"


def reads_alike(film: FilmInfo, caplog: pytest.LogCaptureFixture, name: str) -> set[Way]:
    """Every part equals that of the complete reading; the ways to parts behind the second key frame."""
    caplog.set_level(logging.DEBUG, logger="tcvc.read")
    expected, error = all_of(read_frames(film))
    assert len(expected) > 25
    keys: list[int] = []
    for end in (len(expected) // 2, len(expected) - 1):
        index = frame_index(film, end, len(expected))
        assert index is not None
        assert (index.frame_count, index.is_complete) == (len(expected), error is None)
        keys += [key.number for key in index.key_frames if key.number not in keys]
    ways: set[Way] = set()
    for start in starts_in(len(expected), keys, random.Random(name)):
        caplog.clear()
        stop = min(start + 3, len(expected))
        assert_same(list(read_frames(film, start, stop)), expected[start:stop])
        if start >= (keys[1] if len(keys) > 1 else 1):
            ways.add(way_told(caplog))
    start = max(keys[-1], len(expected) - 5)
    found, found_error = all_of(read_frames(film, start))
    assert_same(found, expected[start:])
    assert found_error == error
    return ways


@needs_ffmpeg
@pytest.mark.parametrize(
    "name", [name if name in FAST else pytest.param(name, marks=pytest.mark.slow) for name in KINDS]
)
def test_a_part_is_the_same_from_wherever_decoding_begins(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kind = KINDS[name]
    check(kind, name, tmp_path, caplog)


@needs_ffmpeg
@pytest.mark.slow
@pytest.mark.parametrize("name", matrix_kinds())
def test_every_container_and_codec(name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    check(matrix_kinds()[name], name, tmp_path, caplog)


def check(kind: Kind, name: str, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    ways = reads_alike(probe(kind.make(folder)), caplog, name)
    assert kind.way is None or ways == {kind.way}, [record.getMessage() for record in caplog.records]


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "tcvc.read"]


@pytest.fixture
def film(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> FilmInfo:
    caplog.set_level(logging.DEBUG, logger="tcvc.read")
    return probe(make(tmp_path / "film.mp4", OPEN_GOP))


def test_an_index_goes_to_another_process_as_json(film: FilmInfo, caplog: pytest.LogCaptureFixture) -> None:
    expected = list(read_frames(film))
    index = frame_index(film, 70, 75)
    assert index is not None
    text = to_json(index)
    assert len(text) < 1000
    received = from_json(FrameIndex, text)
    assert received == index
    indexes.forget()
    assert_same(list(read_frames(film, 70, 75, index=received)), expected[70:75])
    assert messages(caplog) == []
    assert_same(list(read_frames(film, 69, 75, index=index)), expected[69:75])
    assert messages(caplog) == ["film.mp4 is decoded from frame 0: nothing has read it as far as frame 75"]


def test_decoding_begins_near_the_frames_that_are_wanted(
    film: FilmInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    list(read_frames(film))
    decoded = 0
    real = Reader._decode

    def counted(reader: Reader, packet: av.Packet[Any] | None) -> Iterator[Decoded]:
        nonlocal decoded
        decoded += 1
        return real(reader, packet)

    monkeypatch.setattr(Reader, "_decode", counted)
    (last,) = read_frames(film, FRAMES - 1)
    assert last.number == FRAMES - 1
    assert decoded < indexes.LEAST_GAP_PACKETS + 2 * 12


def test_what_nobody_has_read_is_decoded_from_the_start(
    film: FilmInfo, caplog: pytest.LogCaptureFixture
) -> None:
    found = list(read_frames(film, 60, 62))
    assert len(messages(caplog)) == 1
    caplog.clear()
    assert_same(list(read_frames(film, 60, 62)), found)
    assert messages(caplog) == []  # the first reading came by there
    list(read_frames(film, 60, 64))
    assert len(messages(caplog)) == 1


def test_a_film_that_has_changed_is_another(film: FilmInfo, tmp_path: Path) -> None:
    list(read_frames(film))
    old = frame_index(film, 50)
    make(film.path, replace(OPEN_GOP, frames=FRAMES - 12))
    assert frame_index(film, 50) is None
    changed = probe(film.path)
    expected = list(read_frames(changed))
    assert_same(list(read_frames(changed, 50, index=old)), expected[50:])


@pytest.mark.parametrize(("start", "stop"), [(0, 0), (5, 5), (30, 30), (84, 90), (84, None), (200, None)])
def test_a_part_without_a_frame(film: FilmInfo, start: int, stop: int | None) -> None:
    for _ in range(2):
        assert list(read_frames(film, start, stop)) == []
        list(read_frames(film))


@needs_ffmpeg
def test_key_frames_that_are_none_are_found_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The decoder takes them for such, and paints on grey what is painted on the picture before."""
    reads_alike(probe(KINDS["false key frames.mov"].make(tmp_path)), caplog, "false")
    assert any("another than from the start" in one for one in messages(caplog))


LIES = {
    "a frame earlier": lambda key: replace(key, number=key.number - 1),
    "a frame later": lambda key: replace(key, number=key.number + 1),
    "far away": lambda key: replace(key, number=-(10**12)),
    "other packet": lambda key: replace(key, packet=replace(key.packet, number=key.packet.number + 1, pts=7)),
    "no time": lambda key: replace(key, packet=replace(key.packet, pts=None, dts=None)),
    "a time beyond all": lambda key: replace(key, packet=replace(key.packet, pts=2**80, dts=-(2**80))),
    "other payload": lambda key: replace(key, packet=replace(key.packet, crc32=1)),
    "other clock": lambda key: replace(key, clock=ClockState(5, 6, 10**15)),
    "an alpha channel": lambda key: replace(key, has_alpha=True),
}


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("stop", [64, None])
def test_key_frames_of_an_index_that_lies(
    film: FilmInfo, lie: str, stop: int | None, caplog: pytest.LogCaptureFixture
) -> None:
    expected = list(read_frames(film))
    index = frame_index(film, 62, stop)
    assert index is not None
    lying = replace(index, key_frames=tuple(LIES[lie](key) for key in index.key_frames))
    assert_same(list(read_frames(film, 62, stop, index=lying)), expected[62:stop])
    assert messages(caplog) != []


@pytest.mark.parametrize(
    "changes",
    [
        {"frame_count": 70, "is_complete": True},
        {"frame_count": 10**9},
        {"frame_count": -1},
        {"first": 61},
        {"first": -5},
        {"end": 0},
        {"size_bytes": 7},
        {"is_complete": False},
        {"checksums": ()},
        {"checksums": (1, 2, 3)},
        {"checksums": tuple(range(FRAMES))},
        {"key_frames": ()},
    ],
    ids=str,
)
@pytest.mark.parametrize("stop", [65, 84, None])
def test_an_index_that_lies(film: FilmInfo, changes: dict[str, Any], stop: int | None) -> None:
    expected = list(read_frames(film))
    index = frame_index(film, 62, stop)
    assert index is not None
    assert_same(list(read_frames(film, 62, stop, index=replace(index, **changes))), expected[62:stop])


@pytest.fixture(scope="module")
def raw_film(tmp_path_factory: pytest.TempPathFactory) -> FilmInfo:
    return probe(make(tmp_path_factory.mktemp("raw") / "film.mkv", replace(STEADY, width=16, height=16)))


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_index_leads_to_the_right_frames(raw_film: FilmInfo, data: st.DataObject) -> None:
    """Some numbers of a true one changed, as by a fault on its way."""
    expected = list(read_frames(raw_film))
    start = data.draw(st.integers(25, FRAMES - 1))
    stop = data.draw(st.none() | st.integers(start + 1, FRAMES + 3))
    index = frame_index(raw_film, start, stop)
    assert index is not None
    rows = to_plain(index)
    for _ in range(data.draw(st.integers(0, 3))):
        spoil(rows, data)
    found = list(read_frames(raw_film, start, stop, index=from_plain(FrameIndex, rows)))
    assert_same(found, expected[start:stop])


def spoil(rows: dict[str, Any], data: st.DataObject) -> None:
    """Another number in place of one, wherever that stands."""
    key = data.draw(st.sampled_from(rows["key_frames"]))
    place = data.draw(st.sampled_from([rows, key, key["packet"], key["clock"]]))
    name = data.draw(st.sampled_from([name for name, value in place.items() if type(value) is int]))
    near = st.integers(-3, 3).map(lambda step: place[name] + step)
    place[name] = data.draw(near | st.integers(-(2**65), 2**65))


LAYOUTS = {  # bytes of the samples of 67 x 35 pixels
    "gray": 67 * 35,
    "gray10le": 2 * 67 * 35,
    "yuv420p": 67 * 35 + 2 * 34 * 18,
    "yuv422p12le": 2 * (67 * 35 + 2 * 34 * 35),
    "nv12": 67 * 35 + 2 * 34 * 18,
    "p010le": 2 * (67 * 35 + 2 * 34 * 18),
    "yuyv422": 67 * 35 * 2,
    "rgb24": 67 * 35 * 3,
    "rgb48be": 67 * 35 * 6,
    "gbrp10le": 67 * 35 * 6,
    "yuva420p": 2 * 67 * 35 + 2 * 34 * 18,
    "pal8": 67 * 35 + 1024,
    "monob": 9 * 35,
}
FACTS = FrameFacts(
    67,
    35,
    pixel_format("gray"),
    ColorTags(2, 2, 2, full_range=False),
    Fraction(1),
    "none",
    0,
    frozenset(),
    is_damaged=False,
)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_byte_of_a_frame_counts(layout: str) -> None:
    """Its checksum is another with each of them, and the same whatever stands behind the rows."""
    picture, time = av.VideoFrame(67, 35, layout), FrameTime(0, 1, Fraction(1))
    chance = random.Random(layout)
    for plane in picture.planes:
        plane.update(bytes(plane.buffer_size))
    rows = sample_bytes(picture)
    assert sum(one.size for one in rows) == LAYOUTS[layout]
    blank = checksum(picture, time, FACTS)
    assert blank == checksum(picture, time, FACTS)
    for index, plane in enumerate(picture.planes):
        for place in chance.sample(range(plane.buffer_size), 200):
            spoilt = bytearray(plane.buffer_size)
            spoilt[place] = chance.randrange(1, 256)
            plane.update(bytes(spoilt))
            is_sample = bool(sample_bytes(picture)[index].any())
            assert (checksum(picture, time, FACTS) != blank) == is_sample
        plane.update(bytes(plane.buffer_size))


def test_time_and_facts_count() -> None:
    picture, time = av.VideoFrame(16, 16, "gray"), FrameTime(0, 1, Fraction(1))
    picture.planes[0].update(bytes(picture.planes[0].buffer_size))
    others = [
        (replace(time, pts=1), FACTS),
        (replace(time, duration=2), FACTS),
        (time, replace(FACTS, is_damaged=True)),
        (time, replace(FACTS, side_data=frozenset({"HDR10+"}))),
        (time, replace(FACTS, sample_aspect=Fraction(2))),
    ]
    known = {checksum(picture, *one) for one in [(time, FACTS), *others]}
    assert len(known) == len(others) + 1


def test_a_mark_outlives_that_of_another_reading(film: FilmInfo) -> None:
    """Both mark their packets with one record; one ends while the other decodes."""
    mark = KeyPacket(0, None, None, 0)

    def marking(_: object, number: int) -> KeyPacket | None:
        return None if number else mark

    earlier: list[Any] = []

    def packets(container: InputContainer) -> Iterator[av.Packet[Any]]:
        for number, packet in enumerate(demuxed(container)):
            if number == 2:
                earlier.clear()
                gc.collect()
            yield packet

    with open_film(film.path) as container:
        ended = open_film(film.path)
        earlier += [ended, Reader(film, ended, demuxed(ended), marking)]
        earlier.append(next(earlier[1].pictures()))
        del ended
        second = Reader(film, container, packets(container), marking)
        assert next(second.pictures()).key_packet == mark
