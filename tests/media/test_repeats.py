"""The same planes give the same stream: on one core and on more, beside busy neighbours, on any x86 CPU."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import pytest

from benchmarks.repeats import busy_neighbours, stream_sha256, streams
from tcvc_cli.media.write.encoders import encoder_of
from tcvc_cli.records import Encoding
from tests.material.media_sources import Source, make

ACCESS = Encoding("access")
OWN = "trellis=0:partitions=i8x8:subme=5"
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
    assert "x264-params" not in options
    assert encoder_of(ACCESS).options["x264-params"] == OWN
