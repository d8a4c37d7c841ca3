"""Encoders by name: what they are given, what they write, and what is refused."""

from __future__ import annotations

import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from tcvc_cli.errors import OutputError, UsageError
from tcvc_cli.media.carry.containers import codec_of
from tcvc_cli.media.planes import pixel_format
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.write.encode import SegmentWriter, output_format, try_encoder
from tcvc_cli.media.write.encoders import encoder_of, layout_for
from tcvc_cli.records import Encoding, FilmInfo
from tests.material.media_sources import Source, make
from tests.material.painted_films import joined, painted
from tests.material.present import present

FILM = Source(codec="ffv1", pixel_format="gray", width=128, height=96, frames=12)


def film_of(tmp_path: Path, **changes: Any) -> FilmInfo:
    return probe(make(tmp_path / "film.mkv", replace(FILM, **changes)))


@pytest.mark.parametrize(
    ("encoder", "coding", "suffix", "name"),
    [
        ("libx264", "h264", "mp4", "yuv420p"),
        ("libx265", "hevc", "mp4", "yuv420p"),
        ("libx265", "hevc", "mkv", "yuv420p12le"),
        ("libsvtav1", "av1", "mkv", "yuv420p10le"),
        ("libsvtav1", "av1", "mp4", "yuv420p"),
        ("libvpx-vp9", "vp9", "mkv", "yuv420p"),
        ("prores_ks", "prores", "mov", "yuv422p10le"),
        ("jpeg2000", "jpeg2000", "mov", "yuv420p12le"),
        ("ffv1", "ffv1", "mkv", "yuv420p16le"),
    ],
)
def test_every_encoder_keeps_frames_times_and_depth(
    tmp_path: Path, encoder: str, coding: str, suffix: str, name: str
) -> None:
    depth = pixel_format(name).bit_depth
    film = film_of(tmp_path, pixel_format={8: "gray", 10: "gray10le", 12: "gray12le", 16: "gray16le"}[depth])
    options = {"libx265": (("preset", "ultrafast"), ("x265-params", "pools=1"))}.get(encoder, ())
    wish = Encoding(encoder=encoder, options=options)
    try_encoder(film, wish)
    assert output_format(film, wish).name == name
    assert codec_of(wish) == coding
    given = [painted(frame, film, wish) for frame in read_frames(film)]
    result = joined(film, given, wish, tmp_path / f"result.{suffix}", cuts=[5])
    back = list(read_frames(result))
    assert result.streams[0].codec == coding
    assert result.pixel_format.bit_depth == depth
    assert [f.time.seconds for f in back] == [f.time.seconds for f in given]
    wrong = [np.abs(a.luma.astype(int) - b.luma).mean() for a, b in zip(given, back, strict=True)]
    assert max(wrong) < 6 << (depth - 8)


def test_eight_bits_take_the_next_depth_that_there_is(tmp_path: Path) -> None:
    assert output_format(film_of(tmp_path), Encoding(encoder="prores_ks")).name == "yuv422p10le"


@pytest.mark.parametrize(("chroma", "name"), [("420", "yuv420p"), ("422", "yuv422p"), ("444", "yuv444p")])
@pytest.mark.parametrize("preset", ["access", "master"])
def test_a_grey_film_gets_the_chroma_that_is_wished(
    tmp_path: Path, chroma: Literal["420", "422", "444"], name: str, preset: str
) -> None:
    wish = Encoding(preset, grey_chroma=chroma)
    assert output_format(film_of(tmp_path), wish).name == name
    assert output_format(film_of(tmp_path, pixel_format="yuv422p"), wish).name == "yuv422p"


def test_quality_goes_by_the_encoders_own_word() -> None:
    assert encoder_of(Encoding(crf=9)).options["crf"] == "9"
    assert encoder_of(Encoding(encoder="h264_nvenc", crf=9)).options["cq"] == "9"
    assert encoder_of(Encoding(encoder="hevc_qsv", crf=9)).options["global_quality"] == "9"
    for wish in (Encoding("master", crf=9), Encoding("prores", crf=9), Encoding(encoder="dnxhd", crf=9)):
        with pytest.raises(UsageError, match="has no crf"):
            encoder_of(wish)


def test_options_are_added_to_those_of_the_preset() -> None:
    wish = Encoding(encoder="libx265", options=(("preset", "slow"), ("x265-params", "aq-mode=3")))
    options = encoder_of(wish).options
    assert options["preset"] == "slow"
    assert options["x265-params"].startswith("open-gop=0")
    assert options["x265-params"].endswith(":aq-mode=3")
    assert "crf" not in encoder_of(Encoding(options=(("qp", "0"),))).options
    with pytest.raises(UsageError, match="no option nonsense"):
        encoder_of(Encoding(options=(("nonsense", "1"),)))


@pytest.mark.parametrize("name", ["nobody", "aac"])
def test_an_encoder_that_is_none_is_refused_with_the_choices(name: str) -> None:
    with pytest.raises(UsageError, match=name) as caught:
        encoder_of(Encoding(encoder=name))
    assert all(one in caught.value.advice for one in ("libx264", "libx265", "ffv1", "h264_nvenc"))


def test_a_depth_that_would_be_lowered_is_refused_with_the_choices(tmp_path: Path) -> None:
    film = film_of(tmp_path, pixel_format="gray12le")
    for encoder in ("libx264", "libsvtav1", "hevc_nvenc"):
        with pytest.raises(OutputError, match=f"12 bit and {encoder}") as caught:
            output_format(film, Encoding(encoder=encoder))
        assert "libx265" in caught.value.advice
        assert "libx264" not in caught.value.advice
        assert "nvenc" not in caught.value.advice


def test_settings_that_the_encoder_refuses_are_found_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="libx264 cannot be used"):
        try_encoder(film_of(tmp_path), Encoding(options=(("profile", "nonsense"),)))


@pytest.mark.parametrize(
    ("name", "planar", "layout"),
    [
        ("hevc_qsv", "yuv420p", "nv12"),
        ("hevc_qsv", "yuv420p10le", "p010le"),
        ("h264_nvenc", "yuv420p", "yuv420p"),
    ],
)
def test_hardware_gets_its_own_layout(name: str, planar: str, layout: str) -> None:
    assert layout_for(name, pixel_format(planar)) == layout


def test_samples_side_by_side_are_the_same_samples() -> None:
    """What is handed to hardware as nv12 or p010 is what was painted."""
    rng = np.random.default_rng(1)
    for planar, layout, top in (("yuv420p", "nv12", 256), ("yuv420p10le", "p010le", 1024)):
        from tcvc_cli.media.planes import read_planes, write_planes

        dtype = np.uint8 if top == 256 else np.uint16
        planes: list[NDArray[Any]] = [
            rng.integers(0, top, size).astype(dtype) for size in ((48, 64), (24, 32), (24, 32))
        ]
        luma, cb, cr = planes
        picture = write_planes(luma, cb, cr, pixel_format(planar)).reformat(format=layout, threads=1)
        assert picture.format.name == layout
        assert all(
            np.array_equal(one, present(other))
            for one, other in zip(planes, read_planes(picture), strict=True)
        )


def test_the_group_of_pictures_is_closed_for_every_named_encoder(tmp_path: Path) -> None:
    """Segments are joined packet by packet; a frame must never lean on another segment."""
    film = film_of(tmp_path, frames=6, time_base=Fraction(1, 24))
    for encoder in ("libx264", "libx265", "libvpx-vp9", "libsvtav1"):
        wish = Encoding(encoder=encoder)
        given = [painted(frame, film, wish) for frame in read_frames(film)]
        output = tmp_path / f"{encoder}.mkv"
        joined(film, given, wish, output, cuts=[3])
        with av.open(str(output)) as container:
            packets = [packet for packet in container.demux(0) if packet.size]
        assert sorted(present(packet.pts) for packet in packets if packet.is_keyframe)[:2] == [0, 125]


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads cannot be looked at here")
def test_no_encoder_keeps_realtime_priority(tmp_path: Path) -> None:
    film = film_of(tmp_path)
    wish = Encoding(encoder="libsvtav1")
    try_encoder(film, wish)
    assert _policies() == {os.SCHED_OTHER}
    with SegmentWriter(tmp_path / "segment.mkv", film, wish) as writer:
        for frame in read_frames(film):
            writer.write(painted(frame, film, wish))
            assert _policies() == {os.SCHED_OTHER}


def _policies() -> set[int]:
    return {os.sched_getscheduler(int(one.name)) for one in Path("/proc/self/task").iterdir()}
