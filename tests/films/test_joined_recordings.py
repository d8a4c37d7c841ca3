"""Recordings that were joined byte by byte: sound and picture of each move together, whatever the container;
judged by the packets as a bare demuxer of FFmpeg gives them."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import av
import pytest

from tcvc_cli.media.read.probe import probe
from tests.material.clock_material import joined, with_later_sound
from tests.material.media_sources import Source, make
from tests.material.painted_films import colored
from tests.material.present import seconds_of

pytestmark = pytest.mark.slow

SMALL: dict[str, Any] = {"frames": 20, "time_base": Fraction(1, 25)}
BROADCAST = Source(codec="mpeg2video", audio=("mp2",), options={"b": "1000000"}, **SMALL)
STREAMED = Source(codec="libx264", audio=("aac",), options={"bf": "2", "g": "10"}, **SMALL)
Kind = Literal["video", "audio"]
KINDS: tuple[Kind, ...] = ("video", "audio")
FLV_HEAD_BYTES = 13
WITHIN = Fraction(1, 500)  # what Matroska's clock rounds away, twice


def times_of(path: Path, kind: Kind) -> list[Fraction]:
    """Of the packets of the first stream of its kind, in the order of the file."""
    with av.open(str(path)) as container:
        stream = container.streams.best(kind)
        return [seconds_of(packet) for packet in container.demux(stream) if packet.size]


def shown(path: Path, kind: Kind) -> list[Fraction]:
    """The same; of pictures, in the order in which they are shown."""
    times = times_of(path, kind)
    return sorted(times) if kind == "video" else times


def assert_moved_together(film: Path, result: Path, parts: int) -> None:
    """Each part's pictures and its sound are later by one time than in the film."""
    moves: list[set[Fraction]] = [set() for _ in range(parts)]
    for kind in KINDS:
        given, found = times_of(film, kind), shown(result, kind)
        size = len(given) // parts
        assert len(found) == len(given)
        assert all(a < b for a, b in pairwise(found))
        for number in range(parts):
            part = slice(number * size, (number + 1) * size)
            pairs = zip(sorted(given[part]), found[part], strict=True)
            moves[number] |= {later - at_s for at_s, later in pairs}
    for part_moves in moves:
        assert max(part_moves) - min(part_moves) <= WITHIN


def test_joined_flv_moves_sound_and_picture_together(tmp_path: Path) -> None:
    part = make(tmp_path / "part.flv", STREAMED).read_bytes()
    film, result = tmp_path / "film.flv", tmp_path / "result.mkv"
    film.write_bytes(part + part[FLV_HEAD_BYTES:])
    carried, _ = colored(probe(film), result, cuts=[25])
    assert carried[1].lost == ()
    assert_moved_together(film, result, 2)


def test_how_a_stream_is_coded_may_be_told_again(tmp_path: Path) -> None:
    """FFmpeg writes a second telling over the first, and the file has streams twice."""
    part = make(tmp_path / "part.flv", STREAMED).read_bytes()
    film, result = tmp_path / "film.flv", tmp_path / "result.mkv"
    film.write_bytes(part + part[FLV_HEAD_BYTES:])
    colored(probe(film), result)
    with av.open(str(result)) as container:
        assert [stream.type for stream in container.streams] == ["video", "audio"]


def test_joined_matroska_moves_sound_and_picture_together(tmp_path: Path) -> None:
    part = make(tmp_path / "part.mkv", STREAMED)
    film, result = joined(tmp_path / "film.mkv", part, part), tmp_path / "result.mkv"
    carried, _ = colored(probe(film), result, cuts=[25])
    assert carried[1].lost == ()
    assert_moved_together(film, result, 2)


def test_sound_whose_clock_begins_anew_alone_goes_on_where_it_was(tmp_path: Path) -> None:
    """The picture's clock runs on, and the sound's goes back by nine seconds in the middle."""
    source = Source(**{**SMALL, "frames": 60}, codec="mpeg2video", audio=("mp2",), options={"b": "1000000"})
    whole = make(tmp_path / "whole.ts", source)
    times = shown(whole, "audio")
    middle_s = times[len(times) // 2]
    film = with_later_sound(whole, tmp_path / "film.ts", middle_s, Fraction(-1))
    assert shown(film, "audio") != times
    result = tmp_path / "result.mkv"
    carried, _ = colored(probe(film), result)
    assert carried[1].lost == ()
    assert max(abs(a - b) for a, b in zip(shown(result, "audio"), times, strict=True)) <= WITHIN
    pairs = zip(shown(result, "video"), shown(whole, "video"), strict=True)
    assert max(abs(a - b) for a, b in pairs) <= WITHIN


@pytest.mark.parametrize("suffix", ["mkv", "flv"])
def test_an_ordinary_film_is_not_taken_for_joined(tmp_path: Path, suffix: str) -> None:
    """Its pictures are decoded in another order than they are shown in."""
    options = {"bf": "5", "b_strategy": "0", "g": "12"}
    film = make(tmp_path / f"film.{suffix}", Source(**SMALL, audio=("aac",), options=options))
    colored(probe(film), tmp_path / "result.mkv")
    for kind in KINDS:
        pairs = zip(shown(film, kind), shown(tmp_path / "result.mkv", kind), strict=True)
        assert max(abs(a - b) for a, b in pairs) <= WITHIN
