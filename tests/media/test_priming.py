"""What a coder adds before the beginning of sound and behind its end stays known as such."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from tcvc_cli.media.read.probe import probe
from tests.material.media_sources import Source, make
from tests.material.painted_films import colored
from tests.material.present import present, seconds_of

SOUND = Source(frames=6, codec="mpeg4", time_base=Fraction(1, 24), sound_tail_s=0.3)


def heard(path: Path) -> tuple[Fraction, int]:
    """(time of the first sample, samples) that FFmpeg's decoder gives out for the first stream of sound."""
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=0))
    return seconds_of(frames[0]), sum(frame.samples for frame in frames)


def length_s(path: Path) -> Fraction:
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        return present(stream.duration) * present(stream.time_base)


def film_of(path: Path, codec: str) -> Path:
    return make(path, replace(SOUND, audio=(codec,)))


@pytest.mark.parametrize("given", ["mp4", "mov"])
@pytest.mark.parametrize("codec", ["aac", "ac3", "libmp3lame"])
def test_from_an_edit_list_into_matroska_and_back(tmp_path: Path, codec: str, given: str) -> None:
    film = film_of(tmp_path / f"film.{given}", codec)
    colored(probe(film), tmp_path / "result.mkv")
    first_s, count = heard(tmp_path / "result.mkv")
    assert first_s == heard(film)[0] == 0
    assert abs(Fraction(count, 48000) - length_s(film)) <= Fraction(1, 1000)
    colored(probe(tmp_path / "result.mkv"), tmp_path / f"again.{given}")
    assert abs(length_s(tmp_path / f"again.{given}") - length_s(film)) <= Fraction(1, 500)
    assert abs(heard(tmp_path / f"again.{given}")[0]) <= Fraction(1, 1000)


def test_matroskas_own_delay_is_not_added_twice(tmp_path: Path) -> None:
    film = film_of(tmp_path / "film.mp4", "aac")
    colored(probe(film), tmp_path / "one.mkv")
    colored(probe(tmp_path / "one.mkv"), tmp_path / "two.mkv")
    assert heard(tmp_path / "two.mkv") == heard(tmp_path / "one.mkv")


@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_an_end_alone_leaves_the_priming_where_it_is(tmp_path: Path, suffix: str) -> None:
    film = film_of(tmp_path / "film.mp4", "aac")
    colored(probe(film), tmp_path / f"result.{suffix}", end_s=Fraction(1, 5))
    with av.open(str(tmp_path / f"result.{suffix}")) as container:
        first = next(packet for packet in container.demux(audio=0) if packet.size)
    with av.open(str(film)) as container:
        original = next(packet for packet in container.demux(audio=0) if packet.size)
    assert bytes(first) == bytes(original)
    assert abs(seconds_of(first) - seconds_of(original)) <= Fraction(1, 1000)
    assert present(first.pts) < 0
