"""A short film is decoded once: its luma is held, and is what decoding gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import tcvc_cli.media.read.decode
from tcvc_cli.media.read.decode import read_frames, read_small_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.read.seen import held_luma
from tcvc_cli.media.read.seen.held_luma import held_frames, let_go
from tcvc_cli.records import FilmInfo
from tests.material.media_sources import Source, make

FRAMES = 24


@pytest.fixture
def film(tmp_path: Path) -> FilmInfo:
    let_go()
    return probe(make(tmp_path / "film.mkv", Source(frames=FRAMES)))


def scanned(film: FilmInfo, frames: int = FRAMES) -> None:
    walk = read_small_frames(film, None, is_held=True)
    for _ in range(frames):
        next(walk)
    walk.close()  # type: ignore[attr-defined]


def test_what_is_held_is_what_decoding_gives(film: FilmInfo, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = list(read_frames(film, 5, 20))
    scanned(film)
    with monkeypatch.context() as patch:
        patch.setattr(tcvc_cli.media.read.decode, "pictures_between", None)  # nothing is decoded
        found = list(read_frames(film, 5, 20, has_chroma=False))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one.luma, other.luma)
        assert (one.number, one.time, one.facts) == (other.number, other.time, other.facts)
        assert (one.cb, one.cr) == (None, None)


def test_chroma_and_what_was_not_seen_are_decoded(film: FilmInfo) -> None:
    scanned(film, 10)
    assert held_frames(film, 0, 10) is not None
    assert held_frames(film, 0, 11) is None
    assert all(frame.cb is not None for frame in read_frames(film, 0, 5))
    assert [frame.number for frame in read_frames(film, 8, 14, has_chroma=False)] == list(range(8, 14))


def test_a_film_that_is_too_long_or_changed_or_let_go_is_not_held(
    film: FilmInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scanned(film)
    let_go()
    assert held_frames(film, 0, 5) is None
    with monkeypatch.context() as patch:
        patch.setattr(held_luma, "MOST_BYTES", 48 * 64 * (FRAMES - 1))
        scanned(film)
        assert held_frames(film, 0, 5) is None
        patch.setattr(held_luma, "MOST_BYTES", 48 * 64 * FRAMES)
        scanned(film)
        assert held_frames(film, 0, 5) is not None
    make(tmp_path / "film.mkv", Source(frames=FRAMES + 1))
    assert held_frames(film, 0, 5) is None
    let_go()
