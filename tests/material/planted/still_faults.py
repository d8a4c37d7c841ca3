"""Faults in what a photograph's file says beside its picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin, TiffImagePlugin

from tcvc_cli.media.structure.computed_mark import with_mark
from tests.material.icc_profiles import BLUE, GREEN, RED, rgb_profile
from tests.material.planted.fault import Fault, Plant

_ARTIST, _COPYRIGHT = 315, 33432
_PROFILE = rgb_profile((RED, GREEN, BLUE))
_XMP = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><!-- who, when --></x:xmpmeta>'
_DPI, _TEXTS, _PARTS = (f"second reading: {one}" for one in ("dots per inch", "texts", "parts of the file"))
_BESIDE = "beside the picture"


@dataclass(frozen=True)
class Still:
    """What is written into a scan beside its grey picture."""

    dpi: float = 600
    title: str = "A street"
    has_profile: bool = True
    has_exif: bool = True
    has_xmp: bool = True
    pages: int = 2
    is_marked: bool = True


def _picture(page: int = 0) -> Image.Image:
    luma = np.add.outer(np.arange(48), np.arange(64)) * 2 + 20 * page
    return Image.fromarray(luma.astype(np.uint8))


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[_COPYRIGHT] = "nobody"
    return exif


def _write_png(path: Path, still: Still) -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Title", still.title)
    if still.has_xmp:
        texts.add_itxt("XML:com.adobe.xmp", _XMP)
    more: dict[str, Any] = {"exif": _exif()} if still.has_exif else {}
    more |= {"icc_profile": _PROFILE} if still.has_profile else {}
    _picture().save(path, dpi=(still.dpi, still.dpi), pnginfo=texts, **more)
    _mark(path, still)


def _write_tiff(path: Path, still: Still) -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[_ARTIST] = still.title
    if still.has_xmp:
        tags[700] = _XMP.encode()
    more: dict[str, Any] = {"icc_profile": _PROFILE} if still.has_profile else {}
    pages = [_picture(page) for page in range(1, still.pages)]
    dpi = (still.dpi, still.dpi)
    _picture().save(path, dpi=dpi, tiffinfo=tags, save_all=True, append_images=pages, **more)
    _mark(path, still)


def _write_jpeg(path: Path, still: Still) -> None:
    more: dict[str, Any] = {"exif": _exif()} if still.has_exif else {}
    more |= {"icc_profile": _PROFILE} if still.has_profile else {}
    more |= {"xmp": _XMP.encode()} if still.has_xmp else {}
    _picture().save(path, quality=95, dpi=(still.dpi, still.dpi), comment=still.title, **more)
    _mark(path, still)


def _mark(path: Path, still: Still) -> None:
    if still.is_marked:
        path.write_bytes(with_mark(path.read_bytes(), path.suffix))


STILLS: dict[str, tuple[str, Callable[[Path, Still], None]]] = {
    "scan": ("png", _write_png),
    "pages": ("tif", _write_tiff),
    "print": ("jpg", _write_jpeg),
}


def make_still(name: str, folder: Path) -> tuple[Path, Path]:
    """The original called `name`, and a faultless result, which says that its colours were computed."""
    suffix, write = STILLS[name]
    original, result = (folder / f"{name}{part}.{suffix}" for part in ("", ".result"))
    write(original, Still(is_marked=False))
    write(result, Still())
    return original, result


def _with(name: str, **changes: Any) -> Plant:
    def plant(_: Path, target: Path) -> None:
        STILLS[name][1](target, replace(Still(), **changes))

    return plant


def _faults(name: str) -> tuple[Fault, ...]:
    kind = {"scan": "PNG", "pages": "TIFF", "print": "JPEG"}[name]
    beside = (_BESIDE, _PARTS)
    return (
        Fault(f"another resolution of a {kind}", name, (_DPI,), _with(name, dpi=300)),
        Fault(f"another text of a {kind}", name, (_TEXTS,), _with(name, title="A road")),
        Fault(
            f"no ICC profile in a {kind}",
            name,
            beside,
            _with(name, has_profile=False),
        ),
        Fault(f"no XMP in a {kind}", name, ("XMP", *beside), _with(name, has_xmp=False)),
        Fault(f"no word of computed colours in a {kind}", name, ("mark",), _with(name, is_marked=False)),
    )


STILL_FAULTS = (
    *_faults("scan"),
    *_faults("pages"),
    *_faults("print"),
    Fault("no Exif in a PNG", "scan", (_BESIDE, _PARTS), _with("scan", has_exif=False)),
    Fault("no Exif in a JPEG", "print", (_BESIDE, _TEXTS, _PARTS), _with("print", has_exif=False)),
    Fault("a page of a TIFF that is lost", "pages", (_BESIDE, _PARTS), _with("pages", pages=1)),
)
