"""Colours of a picture in sRGB, by the ICC profile that it carries."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image, ImageCms

NO_PROFILE_OF_PRINT: Final = "its colours are those of print (CMYK) without a profile, and only about right"
_UNREADABLE: Final = "its colour profile cannot be read; its colours are taken as sRGB"
_OTHER_KIND: Final = "its colour profile is of another kind of picture; its colours are taken as sRGB"
_SAME: Final = 2  # code values: a profile that moves no colour by more is sRGB's
_STEPS: Final = 9  # of each channel, where that is tried
_SPACES: Final = {"RGB": "RGB ", "RGBA": "RGB ", "CMYK": "CMYK"}


@dataclass(frozen=True, slots=True)
class Converted:
    """`image`: RGB or RGBA, in sRGB; `is_changed`: the profile was another than sRGB's."""

    image: Image.Image
    is_changed: bool
    notes: tuple[str, ...] = ()


def srgb_of(image: Image.Image, profile: bytes | None) -> Converted:
    """`image`: RGB, RGBA or CMYK, 8 bits. A profile that is of no use is named in the notes."""
    plain = image.convert("RGB") if image.mode == "CMYK" else image
    if not profile:
        return Converted(plain, is_changed=False)
    try:
        theirs = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if theirs.profile.xcolor_space != _SPACES[image.mode]:
            return Converted(plain, is_changed=False, notes=(_OTHER_KIND,))
        transform = ImageCms.buildTransform(
            theirs,
            ImageCms.createProfile("sRGB"),
            "CMYK" if image.mode == "CMYK" else "RGB",
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        return _by(transform, image)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return Converted(plain, is_changed=False, notes=(_UNREADABLE,))


def _by(transform: ImageCms.ImageCmsTransform, image: Image.Image) -> Converted:
    if image.mode == "CMYK":
        return Converted(_applied(transform, image), is_changed=True)
    if _is_of_srgb(transform):
        return Converted(image, is_changed=False)
    colors = _applied(transform, image.convert("RGB"))
    if image.mode == "RGBA":
        colors.putalpha(image.getchannel("A"))
    return Converted(colors, is_changed=True)


def _is_of_srgb(transform: ImageCms.ImageCmsTransform) -> bool:
    steps = np.linspace(0, 255, _STEPS).round().astype(np.uint8)
    colors = np.stack(np.meshgrid(steps, steps, steps), -1).reshape(1, -1, 3)
    moved = np.asarray(_applied(transform, Image.fromarray(colors)), np.int16)
    return int(np.abs(moved - colors).max()) <= _SAME


def _applied(transform: ImageCms.ImageCmsTransform, image: Image.Image) -> Image.Image:
    done = ImageCms.applyTransform(image, transform)
    assert done is not None  # it is not done in place
    return done
