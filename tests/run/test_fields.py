"""Interlaced films: each field gets its own colours, and the order of the fields is kept."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from tcvc_cli.color.grade import Grade
from tcvc_cli.measure.proof.compare import compare
from tcvc_cli.media.planes import Frame, pixel_format
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.records import FrameTime
from tcvc_cli.run.events import Warned
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.film.paint import PaintedFrame, paint
from tcvc_cli.run.options.film import Options, Preset
from tests.material.media_sources import Source, make, planes
from tests.material.present import present

INTERLACE = {
    "top": ("tinterlace=interleave_top,setfield=tff", "1"),
    "bottom": ("tinterlace=interleave_bottom,setfield=bff", "0"),
}
UNNAMED = (
    "tinterlace=interleave_top,setfield=tff",
    None,
)  # this encoder then says bottom, in its frames alone
needs_ffmpeg = pytest.mark.skipif(
    shutil.which("ffmpeg") is None, reason="the films are made with Debian's ffmpeg"
)


def interlaced(path: Path, order: str, *codec: str) -> Path:
    weave, is_top = INTERLACE.get(order, UNNAMED)
    picture = f"testsrc2=s=64x48:r=50,format=gray,format=yuv420p,{weave},trim=end_frame=5"
    settings = ["-flags", "+ildct+ilme", *(["-top", is_top] if is_top else [])]
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-y",
        "-f",
        "lavfi",
        "-i",
        picture,
        "-c:v",
        *codec,
        *settings,
        str(path),
    ]
    subprocess.run(command, check=True, timeout=60)
    return path


def order_and_marks(path: Path) -> tuple[int, set[bool]]:
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        marks = {frame.interlaced_frame for frame in film.decode(stream)}
        return int(stream.codec_context.field_order), marks


@needs_ffmpeg
@pytest.mark.parametrize("order", ["top", "bottom"])
@pytest.mark.parametrize(
    ("name", "codec", "output", "preset"),
    [
        ("film.ts", ("mpeg2video",), "result.mkv", "master"),
        ("film.mkv", ("ffv1",), "result.mp4", "access"),
        ("film.mp4", ("libx264",), "result.mov", "prores"),
    ],
)
def test_the_order_of_the_fields_is_kept(
    tmp_path: Path, order: str, name: str, codec: tuple[str, ...], output: str, preset: Preset
) -> None:
    if codec == ("ffv1",):
        codec = ("ffv1", "-field_order", "tt" if order == "top" else "bb")
    if codec == ("libx264",):
        codec = ("libx264", "-x264-params", "tff=1" if order == "top" else "bff=1")
    film = interlaced(tmp_path / name, order, *codec)
    assert probe(film).fields == order
    result = tmp_path / output
    events = list(colorize(Options(input=film, output=result, preset=preset, model_size_px=64)))
    assert not any(isinstance(event, Warned) for event in events)
    assert probe(result).fields == order
    assert order_and_marks(result) == (2 if order == "top" else 3, {True})
    if preset == "master":
        assert compare(film, result).luma.holds


def frame_of(luma: NDArray[np.uint8]) -> Frame:
    return Frame(0, FrameTime(0, 1, Fraction(1, 25)), luma, None, None)


@pytest.mark.parametrize("size", [(64, 48), (62, 50)])
@pytest.mark.parametrize("name", ["yuv420p", "yuv422p", "yuv444p"])
def test_a_field_knows_nothing_of_the_other(tmp_path: Path, size: tuple[int, int], name: str) -> None:
    film = probe(make(tmp_path / "film.mkv", Source(codec="ffv1", width=size[0], height=size[1], frames=2)))
    target, ab = pixel_format(name), np.full((2, 12, 16), 30, np.float32)
    ab[:, :, 8:] = -30
    first = planes(Source(width=size[0], height=size[1]), 1)[0]
    other = first.copy()
    other[1::2] = 255 - other[1::2]
    woven = replace(film, fields="top")
    one, two = (paint(woven, target, PaintedFrame(frame_of(luma), ab), Grade()) for luma in (first, other))
    for before, after in ((one.cb, two.cb), (one.cr, two.cr)):
        assert np.array_equal(present(before)[0::2], present(after)[0::2])
        assert not np.array_equal(present(before)[1::2], present(after)[1::2])
    mixed = [paint(film, target, PaintedFrame(frame_of(luma), ab), Grade()) for luma in (first, other)]
    if name == "yuv420p":  # painted as one picture, chroma of both fields is a mixture
        assert not np.array_equal(present(mixed[0].cb)[0::2], present(mixed[1].cb)[0::2])
    height = -(-size[1] >> target.chroma_shift_y)
    assert present(one.cb).shape == (height, size[0] >> target.chroma_shift_x)


@needs_ffmpeg
@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("film.mov", ("prores_ks", "-pix_fmt", "yuv422p10le")),
        ("film.avi", ("dvvideo", "-s", "720x576", "-r", "25")),
    ],
)
def test_the_order_that_only_frames_state_is_kept(tmp_path: Path, name: str, codec: tuple[str, ...]) -> None:
    film = interlaced(tmp_path / name, "unnamed", *codec)
    with av.open(str(film)) as opened:
        assert int(opened.streams.video[0].codec_context.field_order) in (0, 1)
    assert probe(film).fields == "bottom"
    result = tmp_path / "r.mkv"
    events = list(colorize(Options(input=film, output=result, preset="master", model_size_px=64)))
    assert not any(isinstance(event, Warned) for event in events)
    assert order_and_marks(result) == (3, {True})
    assert compare(film, result).holds
    assert [f.number for f in read_frames(probe(result))] == [0, 1, 2, 3, 4]
