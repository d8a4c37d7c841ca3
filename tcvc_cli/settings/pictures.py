"""One picture in colour, read from a file that nobody has checked.

Pillow reads the header, so that what is too large is never decoded, and the picture at 8 bits; OpenCV reads
the finer values of PNG and TIFF with 16, and what Pillow does not know (JPEG XL).
"""

from __future__ import annotations

import logging
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import (
    AvifImagePlugin,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from tcvc_cli.color.detection import CELLS, has_color
from tcvc_cli.color.lab import lab_from_rgb
from tcvc_cli.errors import BadReference, UnreadableInput
from tcvc_cli.records import COMPUTED
from tcvc_cli.settings.color_profile import NO_PROFILE_OF_PRINT, srgb_of
from tcvc_cli.settings.picture_kinds import HEAD_BYTES, is_jpeg_xl

Array = NDArray[np.float32]

MOST_PIXELS = 100_000_000
_FORMATS = (
    PngImagePlugin.PngImageFile.format,
    JpegImagePlugin.JpegImageFile.format,
    TiffImagePlugin.TiffImageFile.format,
    WebPImagePlugin.WebPImageFile.format,
    AvifImagePlugin.AvifImageFile.format,
)
_KNOWN = "PNG, JPEG, TIFF, WebP and AVIF"
_EXIF_ORIENTATION = 0x0112
_BITS_PER_SAMPLE = 258
_EXTRA_SAMPLES = 338
_ASSOCIATED_ALPHA = (1,)
_ANIMATED = ("PNG", "WEBP", "AVIF", "TIFF")
_SAME = 0.02  # two decoders, 8 and 16 bits
_JUDGED = 200  # rows, columns
_CLEAR = 0.5  # of 255: opacity under it is none
_FINE_CELLS = (128, 96)
_FEW = 8  # cells of the fine ones: a coloured hat in a grey picture
_VIVID = 20.0  # a*, b*: no cast of an old film is as strong
_PALE = 12.0  # a*, b*: tint and spread together; of casts 8.2, coded as coarsely as can be 11.5
_ANY = 1.0  # a*, b*: a grey picture stays below, whatever coded it
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ReferencePicture:
    """`rgb` (H, W, 3) float32 in [0, 1], sRGB, upright; `opacity` (H, W) float32 in [0, 1]: where it is 0 the
    picture says nothing; `notes`: what a person should know about how it was read."""

    rgb: Array
    opacity: Array
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Decoded:
    """Straight alpha: `rgb` (H, W, 3) and `opacity` (H, W), float32 in [0, 1], as the file has them."""

    rgb: Array
    opacity: Array
    orientation: int
    notes: tuple[str, ...]
    is_computed: bool = False


def read_picture(path: Path) -> ReferencePicture:
    """PNG, JPEG, TIFF, WebP or AVIF, of 8 or 16 bits, and JPEG XL where this OpenCV reads it.

    EXIF orientation and alpha are honoured, and a colour profile is: the picture is brought to sRGB (from 8
    bits, where that changes its colours). Of several pictures in one file the first is read.

    Raises UnreadableInput, or BadReference: empty, no picture, too large, damaged, without colour.
    """
    decoded = _decoded(path)
    picture = _shown(decoded)
    _refuse_colorless(path, picture.rgb, picture.opacity, is_computed=decoded.is_computed)
    return picture


def read_frame_picture(path: Path) -> ReferencePicture:
    """As `read_picture`, of a frame of a film, which may be without colour."""
    return _shown(_decoded(path))


def _decoded(path: Path) -> _Decoded:
    return _decoded_by_opencv(path) if is_jpeg_xl(_head(path)) else _decoded_by_pillow(path)


def _shown(decoded: _Decoded) -> ReferencePicture:
    rgb, opacity = (_upright(one, decoded.orientation) for one in (decoded.rgb, decoded.opacity))
    return ReferencePicture(rgb, opacity, decoded.notes)


def _head(path: Path) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UnreadableInput(f"{path} is not a file")
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except FileNotFoundError:
        raise UnreadableInput(f"{path} does not exist") from None
    except OSError as error:
        raise UnreadableInput(f"cannot read {path}: {error.strerror or error}") from error
    if not head:
        raise BadReference(f"{path.name} is empty")
    return head


def _decoded_by_pillow(path: Path) -> _Decoded:
    with _opened(path) as image:
        _refuse_large(path, *image.size)
        with _told_as_damage(path):
            orientation = 1 if image.format == "TIFF" else _orientation(image)  # loading turns a TIFF
            is_deep, is_premultiplied = _bits(path, image) == 16, _is_premultiplied(image)
            notes = _notes_on_count(image)
            _refuse_other_colors(path, image)
            profile, is_computed = image.info.get("icc_profile"), COMPUTED in image.info
            image.load()
            straight = image.convert(_straight_mode(image))
            converted = srgb_of(straight, profile)
            pixels = np.asarray(converted.image)
        values = _scaled(pixels, 255)
        if is_deep and not converted.is_changed:
            values = _finer(path, values, is_premultiplied=is_premultiplied)
    notes = (*notes, *converted.notes)
    if straight.mode == "CMYK" and not converted.is_changed:
        notes = (*notes, NO_PROFILE_OF_PRINT)
    return _Decoded(*_parts(values), orientation, notes, is_computed)


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """The header has been read. Raises BadReference."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what Pillow thinks is large, and of odd metadata
        try:
            image = Image.open(path, formats=_FORMATS)
        except Image.DecompressionBombError as error:
            raise _too_large(path) from error
        except UnidentifiedImageError as error:
            raise BadReference(
                f"{path.name} is not a picture that can be read", f"Give one of {_KNOWN}."
            ) from error
        except Exception as error:  # whatever a damaged header happens to trip over
            raise _damaged(path) from error
        with image:
            yield image


@contextmanager
def _told_as_damage(path: Path) -> Iterator[None]:
    try:
        yield
    except BadReference:
        raise
    except Image.DecompressionBombError as error:
        raise _too_large(path) from error
    except MemoryError:
        raise
    except Exception as error:  # decoders raise whatever the damaged part happens to trip over
        _LOG.debug("%s: %s", path, error)
        raise _damaged(path) from error


def _damaged(path: Path) -> BadReference:
    return BadReference(f"{path.name} is damaged")


def _too_large(path: Path) -> BadReference:
    return BadReference(
        f"{path.name} has more than {MOST_PIXELS // 1_000_000} megapixels", "Give a smaller copy of it."
    )


def _refuse_large(path: Path, width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise _too_large(path)


def _refuse_other_colors(path: Path, image: Image.Image) -> None:
    if image.mode in ("LAB", "HSV"):
        raise BadReference(f"{path.name} holds its colours as {image.mode}", "Save it again in RGB.")


def _orientation(image: Image.Image) -> int:
    """Of EXIF, 1 to 8; 1 (upright) where it says nothing that makes sense."""
    with suppress(Exception):  # what stands there is anybody's
        value = image.getexif().get(_EXIF_ORIENTATION, 1)
        return value if isinstance(value, int) and 1 <= value <= 8 else 1
    return 1


def _bits(path: Path, image: Image.Image) -> int:
    """Of a channel, as far as the file has more than Pillow gives: 16, otherwise 8."""
    if image.format == "PNG":
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        return 16 if head[24:25] == b"\x10" else 8
    return 16 if image.format == "TIFF" and set(_tag(image, _BITS_PER_SAMPLE)) == {16} else 8


def _is_premultiplied(image: Image.Image) -> bool:
    return image.format == "TIFF" and _tag(image, _EXTRA_SAMPLES) == _ASSOCIATED_ALPHA


def _tag(image: Image.Image, number: int) -> tuple[int, ...]:
    value = cast(Any, image).tag_v2.get(number, ())
    return tuple(value) if isinstance(value, tuple) else (value,)


def _notes_on_count(image: Image.Image) -> tuple[str, ...]:
    count = getattr(image, "n_frames", 1) if image.format in _ANIMATED else 1
    return (f"the first of its {count} pictures is used",) if count > 1 else ()


def _straight_mode(image: Image.Image) -> str:
    if image.mode == "CMYK":
        return "CMYK"
    return "RGBA" if image.has_transparency_data or image.mode in ("RGBa", "La") else "RGB"


def _parts(values: Array) -> tuple[Array, Array]:
    rgb = np.ascontiguousarray(values[..., :3])
    return rgb, np.ascontiguousarray(values[..., 3]) if values.shape[2] == 4 else np.ones(
        rgb.shape[:2], np.float32
    )


def _finer(path: Path, values: Array, *, is_premultiplied: bool) -> Array:
    """`values` at 16 bits, where OpenCV sees the same picture."""
    found = _read_by_opencv(path)
    if found is None or found.dtype != np.uint16 or found.shape != values.shape:
        return values
    deep = _scaled(found, 65535)
    if is_premultiplied:
        deep[..., :3] = np.minimum(deep[..., :3] / np.maximum(deep[..., 3:], 1 / 65535), 1)
    return deep if _is_same(deep, values) else values


def _is_same(deep: Array, values: Array) -> bool:
    """Judged by some of the pixels: those of a few rows and columns, where they are not transparent."""
    some, others = (one[:: 1 + len(one) // _JUDGED, :: 1 + one.shape[1] // _JUDGED] for one in (deep, values))
    apart = np.abs(some - others).max(axis=2)
    is_seen = others[..., 3] > 0 if others.shape[2] == 4 else np.ones(apart.shape, bool)
    return float(apart[is_seen].max(initial=0)) < _SAME


def _scaled(pixels: NDArray[Any], most: int) -> Array:
    """float32 in [0, 1]."""
    values = pixels.astype(np.float32)
    values /= np.float32(most)
    return values


def _read_by_opencv(path: Path) -> NDArray[Any] | None:
    """(H, W, 3) or (H, W, 4), red first, or None. A TIFF is turned upright, as by Pillow; nothing else is."""
    try:
        found = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if found is None or found.ndim != 3 or found.shape[2] not in (3, 4):
        return None
    return np.asarray(cv2.cvtColor(found, cv2.COLOR_BGR2RGB if found.shape[2] == 3 else cv2.COLOR_BGRA2RGBA))


def _decoded_by_opencv(path: Path) -> _Decoded:
    """JPEG XL. Its decoder turns the picture and converts its colours by itself."""
    found = _read_by_opencv(path)
    if found is None:
        raise BadReference(f"{path.name} is a JPEG XL that cannot be read here", f"Give one of {_KNOWN}.")
    _refuse_large(path, found.shape[1], found.shape[0])
    values = _scaled(found, 1 if found.dtype.kind == "f" else int(np.iinfo(found.dtype).max))
    return _Decoded(*_parts(np.clip(np.nan_to_num(values), 0, 1)), 1, ())


def _upright(pixels: Array, orientation: int) -> Array:
    """As EXIF's `orientation` wants it to be shown."""
    turned = pixels.swapaxes(0, 1) if orientation >= 5 else pixels
    if orientation in (3, 4, 7, 8):
        turned = turned[::-1]
    if orientation in (2, 3, 6, 7):
        turned = turned[:, ::-1]
    return np.ascontiguousarray(turned)


def _refuse_colorless(path: Path, rgb: Array, opacity: Array, *, is_computed: bool) -> None:
    if float(opacity.max(initial=0)) * 255 < _CLEAR:
        raise BadReference(f"{path.name} is transparent everywhere", "Give a picture with something in it.")
    cells = _ab_in_cells(rgb, opacity, CELLS)
    has_some = is_computed and float(np.hypot(*cells.T).max()) >= _ANY
    if not (has_some or _is_colored(rgb, opacity)):
        raise BadReference(f"{path.name} has no colour in it", "Colour it first, or leave it out.")


def is_colored(picture: ReferencePicture) -> bool:
    """Whether a picture has colours, and not only the cast of a black-and-white film."""
    return _is_colored(picture.rgb, picture.opacity)


def _is_colored(rgb: Array, opacity: Array) -> bool:
    cells = _ab_in_cells(rgb, opacity, CELLS)
    return has_color(cells) or _is_pale(cells) or _has_vivid_place(rgb, opacity)


def _is_pale(cells: Array) -> bool:
    """In colour, though a film that looks so may be black and white with a cast."""
    tint = cells.mean(axis=0)
    spread = np.sort(np.hypot(*(cells - tint).T))[-_FEW]
    return bool(np.hypot(*tint) + spread >= _PALE)


def _has_vivid_place(rgb: Array, opacity: Array) -> bool:
    chroma = np.hypot(*_ab_in_cells(rgb, opacity, _FINE_CELLS).T)
    return bool(np.sort(chroma)[-_FEW] >= _VIVID)


def _ab_in_cells(rgb: Array, opacity: Array, cells: tuple[int, int]) -> Array:
    """(cells, 2): 0 where the picture is transparent."""
    seen = cv2.resize(rgb * opacity[..., None], cells, interpolation=cv2.INTER_AREA)
    weight = cv2.resize(opacity, cells, interpolation=cv2.INTER_AREA)[..., None]
    straight = np.asarray(seen / np.maximum(weight, 1e-3), np.float32)
    return np.asarray((lab_from_rgb(np.minimum(straight, 1))[..., 1:] * (weight > 0.02)).reshape(-1, 2))
