"""One picture in colour, read from files of every kind, and from files that are none."""

from __future__ import annotations

import struct
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tcvc_cli.errors import BadReference, InputError, UnreadableInput
from tcvc_cli.files import always
from tcvc_cli.media.write.photograph import write_photograph
from tcvc_cli.settings import pictures
from tcvc_cli.settings.pictures import read_picture
from tests.material.icc_profiles import BLUE, GREEN, RED, rgb_profile
from tests.material.reference_material import texture

COLORS = texture(11, 48, 64)
BYTES = np.rint(255 * COLORS).astype(np.uint8)
CLEAR = np.zeros((48, 64), np.uint8)
CLEAR[:, 32:] = 255
CLEAR[:, 31] = 128


def saved(path: Path, pixels: NDArray[Any] = BYTES, **options: Any) -> Path:
    Image.fromarray(pixels).save(path, **options)
    return path


@pytest.mark.parametrize(
    ("name", "options", "most"),
    [
        ("a.png", {}, 0.001),
        ("a.tif", {}, 0.001),
        ("a.tif", {"compression": "tiff_lzw"}, 0.001),
        ("a.webp", {"lossless": True}, 0.001),
        ("a.jpg", {"quality": 95, "subsampling": 0}, 0.1),
        ("a.avif", {"quality": 90}, 0.1),
    ],
)
def test_every_kind_of_file(tmp_path: Path, name: str, options: dict[str, Any], most: float) -> None:
    found = read_picture(saved(tmp_path / name, **options))
    np.testing.assert_allclose(found.rgb, BYTES / 255, atol=most)
    assert (found.opacity == 1).all()
    assert found.rgb.dtype == found.opacity.dtype == np.float32
    assert found.notes == ()


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("has_alpha", [False, True])
def test_sixteen_bits_are_kept(tmp_path: Path, suffix: str, has_alpha: bool) -> None:  # noqa: FBT001
    deep = np.rint(65535 * COLORS).astype(np.uint16)
    if has_alpha:
        deep = np.dstack([deep, CLEAR.astype(np.uint16) * 257])
    path = tmp_path / f"deep{suffix}"
    order = [2, 1, 0, 3] if has_alpha else [2, 1, 0]
    cv2.imwrite(str(path), np.ascontiguousarray(deep[..., order]))
    found = read_picture(path)
    np.testing.assert_allclose(found.rgb, deep[..., :3] / 65535, atol=1e-6)
    np.testing.assert_allclose(found.opacity, CLEAR / 255 if has_alpha else 1, atol=1e-6)


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif"])
def test_alpha_is_opacity(tmp_path: Path, suffix: str) -> None:
    options = {"lossless": True, "exact": True} if suffix == ".webp" else {}
    found = read_picture(saved(tmp_path / f"a{suffix}", np.dstack([BYTES, CLEAR]), **options))
    np.testing.assert_allclose(found.opacity, CLEAR / 255, atol=0.001)
    np.testing.assert_allclose(found.rgb, BYTES / 255, atol=0.001)


def test_a_palette_with_a_transparent_color(tmp_path: Path) -> None:
    palette = Image.fromarray(BYTES).quantize(16)
    palette.save(tmp_path / "a.png", transparency=int(np.asarray(palette)[0, 0]))
    found = read_picture(tmp_path / "a.png")
    assert found.opacity[0, 0] == 0
    assert 0 < found.opacity.mean() < 1


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp"])
def test_it_stands_upright(tmp_path: Path, suffix: str, orientation: int) -> None:
    """Stored as EXIF's values 1 to 8 say that it is; Pillow's transpositions are the reference."""
    stored = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    image = Image.fromarray(BYTES)
    image = image if stored is None else image.transpose(stored)
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if suffix == ".webp" else {"quality": 100, "subsampling": 0}
    image.save(tmp_path / f"a{suffix}", exif=exif, **options)
    found = read_picture(tmp_path / f"a{suffix}")
    np.testing.assert_allclose(found.rgb, BYTES / 255, atol=0.05)


def test_a_profile_is_converted_from(tmp_path: Path) -> None:
    """Its red is sRGB's blue, and the other way round."""
    found = read_picture(saved(tmp_path / "a.png", icc_profile=rgb_profile((BLUE, GREEN, RED))))
    np.testing.assert_allclose(found.rgb, BYTES[..., ::-1] / 255, atol=0.02)
    assert found.notes == ()


def test_alpha_goes_past_a_profile(tmp_path: Path) -> None:
    swapped = rgb_profile((BLUE, GREEN, RED))
    found = read_picture(saved(tmp_path / "a.png", np.dstack([BYTES, CLEAR]), icc_profile=swapped))
    np.testing.assert_allclose(found.rgb, BYTES[..., ::-1] / 255, atol=0.02)
    np.testing.assert_allclose(found.opacity, CLEAR / 255, atol=0.001)


def test_the_profile_of_srgb_changes_nothing(tmp_path: Path) -> None:
    found = read_picture(saved(tmp_path / "a.png", icc_profile=rgb_profile((RED, GREEN, BLUE))))
    np.testing.assert_array_equal(found.rgb, (BYTES / np.float32(255)).astype(np.float32))


def test_a_profile_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    found = read_picture(saved(tmp_path / "a.png", icc_profile=b"no profile"))
    np.testing.assert_allclose(found.rgb, BYTES / 255, atol=0.001)
    assert found.notes == ("its colour profile cannot be read; its colours are taken as sRGB",)


def test_what_else_is_told(tmp_path: Path) -> None:
    printed = Image.fromarray(BYTES).convert("CMYK")
    printed.save(tmp_path / "print.jpg", quality=95)
    assert "CMYK" in read_picture(tmp_path / "print.jpg").notes[0]
    pages = [Image.fromarray(BYTES), Image.fromarray(BYTES[::-1])]
    pages[0].save(tmp_path / "pages.tif", save_all=True, append_images=pages[1:])
    found = read_picture(tmp_path / "pages.tif")
    assert found.notes == ("the first of its 2 pictures is used",)
    np.testing.assert_allclose(found.rgb, BYTES / 255, atol=0.001)


def grey(cast: tuple[int, int, int] = (0, 0, 0)) -> NDArray[np.uint8]:
    luma = BYTES.mean(axis=2, keepdims=True)
    return np.asarray(np.clip(np.repeat(luma, 3, axis=2) + np.array(cast), 0, 255), np.uint8)


@pytest.mark.parametrize("cast", [(0, 0, 0), (3, 1, -3)])
def test_a_grey_picture_is_refused(tmp_path: Path, cast: tuple[int, int, int]) -> None:
    with pytest.raises(BadReference, match=r"grey\.png has no colour in it"):
        read_picture(saved(tmp_path / "grey.png", grey(cast)))


def test_a_grey_file_of_sixteen_bits_too(tmp_path: Path) -> None:
    deep = np.rint(65535 * COLORS.mean(axis=2)).astype(np.uint16)
    cv2.imwrite(str(tmp_path / "grey.png"), deep)
    with pytest.raises(BadReference, match="no colour"):
        read_picture(tmp_path / "grey.png")


def test_color_that_is_transparent_does_not_count(tmp_path: Path) -> None:
    half = grey()
    half[:, :31] = BYTES[:, :31]
    with pytest.raises(BadReference, match="no colour"):
        read_picture(saved(tmp_path / "a.png", np.dstack([half, np.where(CLEAR == 255, CLEAR, 0)])))
    nothing = np.dstack([BYTES, np.zeros_like(CLEAR)])
    with pytest.raises(BadReference, match="transparent everywhere"):
        read_picture(saved(tmp_path / "b.png", nothing))


def test_one_coloured_thing_in_a_grey_picture_is_enough(tmp_path: Path) -> None:
    hat = np.repeat(np.repeat(grey(), 10, axis=0), 10, axis=1)
    hat[100:124, 300:330] = (200, 30, 30)
    assert read_picture(saved(tmp_path / "hat.png", hat)).notes == ()


def cut(path: Path, share: float) -> Path:
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    return path


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.webp", "a.avif"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_a_damaged_picture_is_refused(tmp_path: Path, name: str, share: float) -> None:
    path = cut(saved(tmp_path / name), share)
    with pytest.raises(BadReference) as caught:
        read_picture(path)
    assert str(caught.value).startswith(f"{name} is ")


def test_a_damaged_picture_of_sixteen_bits(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.rint(65535 * COLORS).astype(np.uint16))
    with pytest.raises(BadReference, match=r"a\.png is damaged"):
        read_picture(cut(tmp_path / "a.png", 0.6))


def test_noise_in_the_header_raises_nothing_else(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    for name in ("a.tif", "b.jpg", "c.png", "d.webp"):
        path = saved(tmp_path / name)
        whole = path.read_bytes()
        for _ in range(25):
            broken = bytearray(whole)
            for place in rng.integers(4, min(400, len(whole)), 6).tolist():
                broken[place] = int(rng.integers(256))
            path.write_bytes(bytes(broken))
            with suppress(InputError):
                read_picture(path)


def test_what_is_no_picture(tmp_path: Path) -> None:
    for content, words in ((b"", "is empty"), (b"the coat was green", "is not a picture")):
        (tmp_path / "a.png").write_bytes(content)
        with pytest.raises(BadReference, match=rf"a\.png {words}"):
            read_picture(tmp_path / "a.png")
    (tmp_path / "a.jxl").write_bytes(b"\xff\x0a" + bytes(20))
    with pytest.raises(BadReference, match="JPEG XL"):
        read_picture(tmp_path / "a.jxl")
    for path in (tmp_path, tmp_path / "nowhere.png"):
        with pytest.raises(UnreadableInput):
            read_picture(path)


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


@pytest.mark.parametrize("side", [10_001, 13_000, 2**31 - 1])
def test_what_is_too_large_is_refused_by_its_header(tmp_path: Path, side: int) -> None:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    (tmp_path / "a.png").write_bytes(
        b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    )
    with pytest.raises(BadReference, match=r"a\.png has more than 100 megapixels"):
        read_picture(tmp_path / "a.png")


def test_the_limit_itself_is_admitted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path / "a.png")
    monkeypatch.setattr(pictures, "MOST_PIXELS", 48 * 64)
    assert read_picture(path).rgb.shape == (48, 64, 3)
    monkeypatch.setattr(pictures, "MOST_PIXELS", 48 * 64 - 1)
    with pytest.raises(BadReference, match="megapixels"):
        read_picture(path)


def test_the_pale_colours_of_tcvc_are_colours(tmp_path: Path) -> None:
    """As a picture says that has them; without the mark it may be the cast of a black-and-white film."""
    pale = np.full((96, 128, 3), (122, 120, 118), np.uint8)
    path = tmp_path / "pale.png"
    write_photograph(pale, path, is_computed=False)
    with pytest.raises(BadReference, match="has no colour in it"):
        read_picture(path)
    write_photograph(pale, path, may_replace=always)
    assert read_picture(path).rgb.shape == (96, 128, 3)
    write_photograph(np.full_like(pale, 120), path, may_replace=always)
    with pytest.raises(BadReference, match="has no colour in it"):
        read_picture(path)
