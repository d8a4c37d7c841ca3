"""The same planes give the same stream: on one core and on more, beside busy neighbours, on any x86 CPU."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.repeats import busy_neighbours, stream_sha256, streams
from tcvc_cli.media.write.clip import encode_clip
from tcvc_cli.media.write.encoders import encoder_of
from tcvc_cli.records import Encoding
from tests.material.media_sources import Source, make

ACCESS = Encoding("access")
OWN = "trellis=0:partitions=i8x8:subme=5:mbtree=0"
needs_affinity = pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity"), reason="cores cannot be chosen here"
)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """13 macroblocks wide, which is no multiple of eight."""
    source = Source(codec="ffv1", pixel_format="yuv420p", width=208, height=160, frames=30)
    return make(tmp_path_factory.mktemp("repeats") / "film.mkv", source)


@needs_affinity
@pytest.mark.slow
@pytest.mark.parametrize("preset", ["access", "master"])
def test_a_busy_machine_and_a_single_core_write_the_same_stream(film: Path, preset: str) -> None:
    with busy_neighbours(2):
        assert len(streams(film, Encoding(preset), film.parent, times=6)) == 1


def test_avx_512_is_kept_from_x264(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_what_is_there = stream_sha256(film, ACCESS, film.parent / "coded.mkv")
    monkeypatch.setattr(cv2, "checkHardwareSupport", lambda feature: feature == 13)
    assert encoder_of(ACCESS).options["x264-params"] == f"{OWN}:asm=avx2"
    assert stream_sha256(film, ACCESS, film.parent / "coded.mkv") == with_what_is_there


def test_what_a_user_says_of_instructions_comes_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2, "checkHardwareSupport", lambda _: True)
    wish = Encoding("access", options=(("x264-params", "asm=sse4.2"),))
    assert encoder_of(wish).options["x264-params"] == f"{OWN}:asm=avx2:asm=sse4.2"


def test_a_preset_of_x264_counts_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2, "checkHardwareSupport", lambda _: False)
    options = encoder_of(Encoding("access", options=(("preset", "slow"),))).options
    assert options["preset"] == "slow"
    assert options["x264-params"] == "mbtree=0"
    assert encoder_of(ACCESS).options["x264-params"] == OWN


@pytest.mark.parametrize("wish", [ACCESS, Encoding(encoder="libx264"), Encoding("access", crf=20)])
def test_x264_is_given_no_macroblock_tree(wish: Encoding) -> None:
    """Its sums are not the same each time; a user may take that back, as the last word of a list counts."""
    own = replace(wish, options=(("x264-params", "mbtree=1"),))
    assert "mbtree=0" in encoder_of(wish).options["x264-params"].split(":")
    assert encoder_of(own).options["x264-params"].endswith(":mbtree=1")


def test_x264_says_in_its_stream_that_it_has_no_macroblock_tree(film: Path) -> None:
    """It writes its settings into the first frame."""
    stream_sha256(film, ACCESS, film.parent / "coded.mkv")
    picture = np.zeros((32, 48, 3), np.uint8)
    for coded in ((film.parent / "coded.mkv").read_bytes(), encode_clip([picture], rate=12, crf=28)):
        assert b"mbtree=0" in coded
        assert b"mbtree=1" not in coded
