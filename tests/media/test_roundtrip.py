"""Film to segments to result: planes, times and colour tags come out as they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tcvc_cli.errors import OutputError, UsageError
from tcvc_cli.media.planes import Frame
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.write.encode import luma_for_output, output_format
from tcvc_cli.records import ColorTags
from tests.material.media_sources import RATE, Source, make, planes
from tests.material.painted_films import joined, painted
from tests.material.present import present

FFV1 = Source(codec="ffv1", frames=4)
SUFFIX = {8: "", 10: "10le", 12: "12le", 16: "16le"}
UNEVEN = [0, 40, 73, 80, 200, 201, 260, 1000]  # a film whose frames last as long as they like


def times(frames: Sequence[Frame]) -> list[Fraction]:
    return [frame.time.seconds for frame in frames]


@pytest.mark.parametrize("subsampling", ["420", "422", "444"])
@pytest.mark.parametrize("depth", SUFFIX)
@pytest.mark.parametrize("is_full_range", [False, True])
@pytest.mark.parametrize(("width", "height"), [(64, 48), (37, 23)])
def test_master_keeps_every_bit(
    tmp_path: Path, subsampling: str, depth: int, *, is_full_range: bool, width: int, height: int
) -> None:
    name = f"yuv{subsampling}p{SUFFIX[depth]}"
    source = replace(FFV1, pixel_format=name, width=width, height=height, is_full_range=is_full_range)
    film = probe(make(tmp_path / "film.mkv", source))
    given = list(read_frames(film))
    result = joined(film, given, "master", tmp_path / "result.mkv", cuts=[1])
    back = list(read_frames(result))
    assert (film.pixel_format.name, film.size_px) == (name, (width, height))
    assert (result.pixel_format, result.color, result.size_px) == (
        film.pixel_format,
        film.color,
        film.size_px,
    )
    assert result.color.full_range == is_full_range
    assert times(back) == times(given)
    for number, (one, other) in enumerate(zip(given, back, strict=True)):
        for made, first, second in zip(
            planes(source, number), (one.luma, one.cb, one.cr), (other.luma, other.cb, other.cr), strict=True
        ):
            assert np.array_equal(present(made), present(first))
            assert np.array_equal(present(made), present(second))


@pytest.mark.parametrize(("container", "tick"), [("mkv", 1000), ("mp4", 90000)])
@pytest.mark.parametrize("preset", ["access", "master", "prores"])
def test_uneven_times_are_kept(tmp_path: Path, container: str, tick: int, preset: str) -> None:
    codec = "ffv1" if container == "mkv" else "libx264"
    source = replace(
        FFV1, codec=codec, frames=8, time_base=Fraction(1, tick), pts=[t * tick // 1000 for t in UNEVEN]
    )
    film = probe(make(tmp_path / f"film.{container}", source))
    given = list(read_frames(film))
    assert times(given) == [Fraction(t, 1000) for t in UNEVEN]
    output = (
        tmp_path / {"access": f"result.{container}", "master": "result.mkv", "prores": "result.mov"}[preset]
    )
    colored = [painted(frame, film, preset) for frame in given]
    back = list(read_frames(joined(film, colored, preset, output, cuts=[1, 5])))
    assert times(back) == times(given)
    assert [f.time.duration * f.time.time_base for f in back][:-1] == [
        f.time.duration * f.time.time_base for f in given
    ][:-1]


@pytest.mark.parametrize(
    ("preset", "name", "expected"),
    [
        ("access", "yuv420p", "yuv420p"),
        ("access", "yuv422p", "yuv422p"),
        ("access", "yuv444p", "yuv444p"),
        ("access", "yuv420p10le", "yuv420p10le"),
        ("access", "yuv422p10le", "yuv422p10le"),
        ("access", "yuv411p", "yuv422p"),
        ("access", "yuv410p", "yuv420p"),
        ("access", "yuv440p", "yuv444p"),
        ("access", "gray", "yuv420p"),
        ("access", "gray10le", "yuv420p10le"),
        ("access", "gbrp", "yuv444p"),
        ("master", "gray", "yuv420p"),
        ("master", "gray10le", "yuv420p10le"),
        ("master", "gray12le", "yuv420p12le"),
        ("master", "gray16le", "yuv420p16le"),
        ("master", "gbrp", "yuv444p"),
        ("master", "gbrp12le", "yuv444p12le"),
        ("access", "gbrp10le", "yuv444p10le"),
        ("master", "yuv411p", "yuv411p"),
        ("master", "yuv422p9le", "yuv422p9le"),
        ("prores", "yuv420p", "yuv422p10le"),
        ("prores", "yuv422p10le", "yuv422p10le"),
        ("prores", "gray", "yuv422p10le"),
        ("dnxhr", "yuv420p", "yuv422p"),
        ("dnxhr", "gray", "yuv422p"),
        ("dnxhr", "yuv422p10le", "yuv422p10le"),
        ("dnxhr", "gbrp10le", "yuv444p10le"),
    ],
)
def test_output_formats_and_that_their_encoders_take_them(
    tmp_path: Path, preset: str, name: str, expected: str
) -> None:
    codec, suffix = ("utvideo", "avi") if name == "gbrp" else ("ffv1", "mkv")
    source = replace(FFV1, codec=codec, pixel_format=name, frames=2)
    if preset == "dnxhr":
        source = replace(source, width=256, height=120, matrix=1)
    film = probe(make(tmp_path / f"film.{suffix}", source))
    assert film.pixel_format.name == name
    assert output_format(film, preset).name == expected
    given = [painted(frame, film, preset) for frame in read_frames(film)]
    output = tmp_path / ("result.mov" if preset in ("prores", "dnxhr") else "result.mkv")
    result = joined(film, given, preset, output)
    assert result.pixel_format.name.replace("yuvj", "yuv") == expected
    assert result.color.full_range == film.color.full_range
    back = list(read_frames(result))
    if preset == "master":
        assert all(np.array_equal(one.luma, other.luma) for one, other in zip(given, back, strict=True))
        assert all(
            np.array_equal(present(one.cb), present(other.cb)) for one, other in zip(given, back, strict=True)
        )


@pytest.mark.parametrize(
    ("preset", "name"), [("access", "yuv420p12le"), ("access", "yuv444p16le"), ("prores", "gray16le")]
)
def test_a_depth_that_would_be_lowered_is_refused(tmp_path: Path, preset: str, name: str) -> None:
    film = probe(make(tmp_path / "film.mkv", replace(FFV1, pixel_format=name, frames=1)))
    with pytest.raises(OutputError, match="bit") as caught:
        output_format(film, preset)
    assert "master" in caught.value.advice


def test_an_unknown_preset_is_a_wrong_option(tmp_path: Path) -> None:
    film = probe(make(tmp_path / "film.mkv", replace(FFV1, frames=1)))
    with pytest.raises(UsageError, match="tape"):
        output_format(film, "tape")


@pytest.mark.parametrize(("width", "height"), [(37, 23), (37, 24), (38, 23), (38, 24), (17, 17)])
@pytest.mark.parametrize("name", ["yuv420p", "yuv422p", "yuv420p10le"])
@pytest.mark.parametrize("preset", ["access", "prores"])
def test_odd_sizes_keep_their_size(tmp_path: Path, width: int, height: int, name: str, preset: str) -> None:
    source = replace(FFV1, pixel_format=name, width=width, height=height, frames=2)
    film = probe(make(tmp_path / "film.mkv", source))
    given = [painted(frame, film, preset) for frame in read_frames(film)]
    result = joined(film, given, preset, tmp_path / "result.mov")
    back = list(read_frames(result))
    assert result.size_px == (width, height)
    for one, other in zip(given, back, strict=True):
        assert one.luma.shape == other.luma.shape
        wrong = np.abs(one.luma.astype(int) - other.luma) / 2 ** (result.pixel_format.bit_depth - 8)
        assert wrong.mean() < 3


def test_eight_bits_go_into_prores_as_four_times_their_value(tmp_path: Path) -> None:
    film = probe(make(tmp_path / "film.mkv", replace(FFV1, frames=1)))
    frame = next(iter(read_frames(film)))
    raised = luma_for_output(frame.luma, film.pixel_format, output_format(film, "prores"))
    assert raised.dtype == np.uint16
    assert np.array_equal(raised, frame.luma.astype(int) * 4)


@pytest.mark.parametrize("matrix", [1, 5, 6, 9])
@pytest.mark.parametrize(
    ("preset", "suffix"),
    [("access", "mkv"), ("access", "mp4"), ("master", "mkv"), ("prores", "mov"), ("access", "mov")],
)
def test_color_tags_and_aspect_are_kept(tmp_path: Path, matrix: int, preset: str, suffix: str) -> None:
    source = Source(matrix=matrix, sample_aspect=Fraction(16, 11), frames=2)
    film = probe(make(tmp_path / "film.mkv", source))
    assert film.color == ColorTags(matrix, matrix, matrix, full_range=False)
    assert film.sample_aspect == Fraction(16, 11)
    given = [painted(frame, film, preset) for frame in read_frames(film)]
    result = joined(film, given, preset, tmp_path / f"result.{suffix}")
    assert (result.color, result.sample_aspect) == (film.color, Fraction(16, 11))
    assert result.frame_rate == RATE or len(given) < 3
