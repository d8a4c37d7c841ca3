"""A photograph is a film of one frame, upright, and is written as a photograph."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from tcvc_cli.errors import OutputError, OutputFolderMissing
from tcvc_cli.media.planes import Frame
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.structure.computed_mark import has_mark
from tcvc_cli.media.write.photograph import write_photograph
from tcvc_cli.records import FilmInfo
from tests.material.present import present


def picture(
    dtype: type[np.uint16] | type[np.uint8] = np.uint8, height: int = 30, width: int = 46
) -> NDArray[Any]:
    rng = np.random.default_rng(1)
    smooth = cv2.resize(rng.integers(0, 256, (4, 5, 3)).astype(np.float32), (width, height))
    top = np.iinfo(dtype).max
    return np.clip(smooth / 255 * top, 0, top).astype(dtype)


def only_frame(path: Path) -> tuple[FilmInfo, Frame]:
    film = probe(path)
    assert film.is_photograph
    assert film.frame_count == 1
    (frame,) = read_frames(film)
    assert frame.luma.shape == (film.height_px, film.width_px)
    return film, frame


@pytest.mark.parametrize("suffix", ["png", "tif", "jpg", "bmp", "webp"])
def test_grey_photographs_keep_their_luma(tmp_path: Path, suffix: str) -> None:
    grey = picture()[..., 0]
    path = tmp_path / f"photo.{suffix}"
    cv2.imwrite(str(path), grey)
    film, frame = only_frame(path)
    assert film.color.full_range or suffix == "webp"
    if suffix in ("png", "tif", "bmp"):
        assert np.array_equal(frame.luma, grey)
    elif suffix == "jpg":
        assert (
            np.abs(frame.luma.astype(int) - present(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE))).max() <= 2
        )


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_deep_grey_photographs_keep_their_luma(tmp_path: Path, suffix: str) -> None:
    grey = picture(np.uint16)[..., 0]
    cv2.imwrite(str(tmp_path / f"photo.{suffix}"), grey)
    film, frame = only_frame(tmp_path / f"photo.{suffix}")
    assert film.pixel_format.bit_depth == 16
    assert np.array_equal(frame.luma, grey)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_color_photographs_have_the_luma_of_bt_709(
    tmp_path: Path, dtype: type[np.uint8] | type[np.uint16]
) -> None:
    rgb = picture(dtype)
    cv2.imwrite(str(tmp_path / "photo.png"), rgb[..., ::-1].copy())
    film, frame = only_frame(tmp_path / "photo.png")
    expected = np.rint(rgb.astype(np.float64) @ [0.2126, 0.7152, 0.0722])
    assert film.pixel_format.is_rgb
    assert film.color.matrix == 1
    assert film.color.full_range
    assert np.abs(frame.luma - expected).max() <= 1


@pytest.mark.parametrize("suffix", ["png", "tif"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_what_is_written_is_read_back(
    tmp_path: Path, suffix: str, dtype: type[np.uint8] | type[np.uint16]
) -> None:
    rgb = picture(dtype)
    write_photograph(rgb, tmp_path / f"out.{suffix}")
    back = present(cv2.imread(str(tmp_path / f"out.{suffix}"), cv2.IMREAD_UNCHANGED))
    assert back.dtype == dtype
    assert np.array_equal(back[..., ::-1], rgb)
    assert [path.name for path in tmp_path.iterdir()] == [f"out.{suffix}"]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_jpeg_is_near_enough(tmp_path: Path, dtype: type[np.uint8] | type[np.uint16]) -> None:
    rgb = picture(dtype)
    write_photograph(rgb, tmp_path / "out.jpg")
    back = present(cv2.imread(str(tmp_path / "out.jpg")))[..., ::-1]
    top = np.iinfo(dtype).max / 255
    assert np.abs(back - rgb / top).mean() < 2


def test_wrong_places_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="png"):
        write_photograph(picture(), tmp_path / "out.gif")
    with pytest.raises(OutputFolderMissing):
        write_photograph(picture(), tmp_path / "none" / "out.png")
    assert list(tmp_path.iterdir()) == []


def with_orientation(jpeg: bytes, number: int, order: str) -> bytes:
    """The JPEG with an Exif segment that holds the Orientation tag alone."""
    head = b"II*\0" if order == "<" else b"MM\0*"
    tags = head + struct.pack(f"{order}IHHHIHHI", 8, 1, 0x0112, 3, 1, number, 0, 0)
    segment = b"Exif\0\0" + tags
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + jpeg[2:]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("number", range(1, 9))
@pytest.mark.parametrize("sampling", ["444", "422", "420"])
def test_photographs_stand_upright(tmp_path: Path, number: int, order: str, sampling: str) -> None:
    """OpenCV turns them as the tag says; so do we."""
    factor = getattr(cv2, f"IMWRITE_JPEG_SAMPLING_FACTOR_{sampling}")
    _, jpeg = cv2.imencode(".jpg", picture(), [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, factor])
    path = tmp_path / "photo.jpg"
    path.write_bytes(with_orientation(jpeg.tobytes(), number, order))
    expected = present(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE))
    film, frame = only_frame(path)
    assert frame.luma.shape == expected.shape
    assert np.abs(frame.luma.astype(int) - expected).mean() < 3
    shifts = film.pixel_format.chroma_shift_y, film.pixel_format.chroma_shift_x
    assert present(frame.cb).shape == tuple(
        -(-side >> shift) for side, shift in zip(expected.shape, shifts, strict=True)
    )


@pytest.mark.parametrize("name", ["photo%03d.png", "a:b.png", "photo [1].png", "пример.png", "-o.png"])
def test_names_are_only_names(tmp_path: Path, name: str) -> None:
    cv2.imwrite(str(tmp_path / "plain.png"), picture())
    (tmp_path / "plain.png").rename(tmp_path / name)
    only_frame(tmp_path / name)


LINE = "COLORIZED_WITH: tcvc: the colours of this photograph were computed"


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("suffix", ["png", "jpg", "jpeg", "tif", "tiff"])
def test_others_read_that_the_colours_were_computed(
    tmp_path: Path, suffix: str, dtype: type[np.uint8] | type[np.uint16]
) -> None:
    path = tmp_path / f"out.{suffix}"
    write_photograph(picture(dtype), path)
    if suffix.startswith("tif"):
        with tifffile.TiffFile(path) as file:
            page = file.pages[0]
            assert isinstance(page, tifffile.TiffPage)
            assert page.description == LINE
    elif suffix == "png":
        with PngImageFile(path) as image:
            image.load()
            assert image.text == {"COLORIZED_WITH": LINE.partition(": ")[2]}
    else:
        with Image.open(path) as image:
            image.load()
            assert image.info["comment"].decode() == LINE
    assert has_mark(path)
    only_frame(path)


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif"])
def test_a_photograph_without_the_mark_is_seen(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"plain.{suffix}"
    cv2.imwrite(str(path), picture())
    assert not has_mark(path)
    path.write_bytes(path.read_bytes()[:12])
    assert not has_mark(path)
