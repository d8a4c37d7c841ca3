"""Where the colours come from: a film, or a folder of pictures in the order of their numbers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.color.chroma import ab_from_planes
from tcvc_cli.color.detection import SMALL_FORMAT
from tcvc_cli.color.lab import lab_from_rgb
from tcvc_cli.color.lightness import small_lightness
from tcvc_cli.color.matrix import with_matrix
from tcvc_cli.errors import InputError, UnreadableInput
from tcvc_cli.files import sha256_of
from tcvc_cli.media.planes import Frame
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.records import FilmInfo
from tcvc_cli.run.film.scan import scan
from tcvc_cli.run.resume.source_file import source_of
from tcvc_cli.settings.picture_kinds import PICTURE_SUFFIXES
from tcvc_cli.settings.pictures import read_frame_picture

Floats = NDArray[np.float32]

_NUMBER: Final = re.compile(r"(?:^|.*[^0-9])([0-9]{1,9})[^0-9]*", re.ASCII | re.DOTALL)
_ASPECT: Final = Fraction(2, 100)  # sides are rounded to whole pixels, or to multiples of 16
_BEYOND_8_BITS: Final = 8


@dataclass(frozen=True, slots=True)
class ColorFrame:
    """One frame at the size that was asked for: `lightness` (h, w) L* of the coloured picture, `ab` (2, h, w)
    CIE units, `weight` (h, w) in [0, 1], 0 where it is transparent; all float32."""

    lightness: Floats
    ab: Floats
    weight: Floats


class ColorSource(Protocol):
    """What another tool made."""

    @property
    def path(self) -> Path: ...

    @property
    def files(self) -> tuple[Path, ...]:
        """All that is read."""
        ...

    @property
    def frame_rate(self) -> Fraction | None:
        """None where nothing says one."""
        ...

    def counted(self) -> Iterator[int]:
        """How many frames there are, growing while they are counted. Raises what is wrong with one."""
        ...

    def frames(self, size_px: tuple[int, int]) -> Iterator[ColorFrame]:
        """All in order, at (width, height)."""
        ...

    def sha256(self) -> str:
        """Of the file, or of the list of the hashes of all pictures."""
        ...


def source_at(path: Path, film: FilmInfo | None) -> ColorSource:
    """The colours in `path`, for `film`, unless it is the film itself.

    Raises InputError when their shape is not the film's, when a folder lacks a number or when there is no
    colour.
    """
    if film is None or not path.is_dir():
        colored = probe(path)
        _refuse_film(colored)
        if film is not None:
            _refuse_shape(colored.path.name, colored.size_px, colored.sample_aspect, film)
        return FilmColors(colored)
    return FolderColors(path, pictures_in(path), film)


@dataclass(frozen=True, slots=True)
class FilmColors:
    film: FilmInfo

    @property
    def path(self) -> Path:
        return self.film.path

    @property
    def files(self) -> tuple[Path, ...]:
        return (self.path,)

    @property
    def frame_rate(self) -> Fraction | None:
        return self.film.frame_rate

    def counted(self) -> Iterator[int]:
        yield from scan(self.film, refuses_changes=True)

    def frames(self, size_px: tuple[int, int]) -> Iterator[ColorFrame]:
        for frame in read_frames(self.film):
            yield small_colors(self.film, frame, size_px)

    def sha256(self) -> str:
        return source_of(self.path).sha256


@dataclass(frozen=True, slots=True)
class FolderColors:
    """`pictures` are in the order of their numbers, for `film`."""

    path: Path
    pictures: tuple[Path, ...]
    film: FilmInfo

    @property
    def files(self) -> tuple[Path, ...]:
        return self.pictures

    @property
    def frame_rate(self) -> Fraction | None:
        return None

    def counted(self) -> Iterator[int]:
        yield len(self.pictures)

    def frames(self, size_px: tuple[int, int]) -> Iterator[ColorFrame]:
        for path in self.pictures:
            picture = read_frame_picture(path)
            height, width = picture.opacity.shape
            _refuse_shape(path.name, (width, height), Fraction(1), self.film)
            lab = lab_from_rgb(np.clip(_resized(picture.rgb, size_px), 0, 1))
            ab = np.ascontiguousarray(lab[..., 1:].transpose(2, 0, 1))
            yield ColorFrame(np.ascontiguousarray(lab[..., 0]), ab, _resized(picture.opacity, size_px))

    def sha256(self) -> str:
        try:
            rows = (f"{sha256_of(path)}  {path.name}\n" for path in self.pictures)
            return hashlib.sha256("".join(rows).encode(errors="surrogateescape")).hexdigest()
        except OSError as error:
            raise UnreadableInput(f"cannot read {error.filename}: {error.strerror}") from error


def pictures_in(folder: Path) -> tuple[Path, ...]:
    """Those whose names end in a number, in their order, which begins at 0 or 1 and leaves none out.

    Raises UnreadableInput for a folder that cannot be read, InputError for one that has no such row.
    """
    try:
        names = [one for one in folder.iterdir() if one.suffix.lower() in PICTURE_SUFFIXES and one.is_file()]
    except OSError as error:
        raise UnreadableInput(f"cannot read {folder}: {error.strerror}") from error
    by_number: dict[int, Path] = {}
    for path in sorted(one for one in names if not one.name.startswith(".")):
        number = _number_of(path)
        if number in by_number:
            both = f"{by_number[number].name} and {path.name}"
            raise InputError(f"{both} both have the number {number}", "Leave one of them out.")
        by_number[number] = path
    if not by_number:
        raise InputError(f"there is no picture in the folder {folder}", "Give one with PNG or JPEG frames.")
    return tuple(by_number[number] for number in _complete(sorted(by_number), folder))


def _number_of(path: Path) -> int:
    found = _NUMBER.fullmatch(path.stem)
    if found is None:
        raise InputError(f"{path.name} has no number", "Name frames as frame_000123.png.")
    return int(found[1])


def _complete(rising: Sequence[int], folder: Path) -> Sequence[int]:
    if rising[0] > 1:
        raise InputError(
            f"the first picture in {folder} has the number {rising[0]}", "Frames count from 0 or from 1."
        )
    for expected, number in enumerate(rising, rising[0]):
        if number != expected:
            raise InputError(
                f"there is no picture with the number {expected} in {folder}",
                "Colour that frame too; all numbers are needed.",
            )
    return rising


def small_colors(film: FilmInfo, frame: Frame, size_px: tuple[int, int]) -> ColorFrame:
    """A frame of a film, at (width, height)."""
    assert frame.cb is not None
    assert frame.cr is not None
    depth, full_range = film.pixel_format.bit_depth, film.color.full_range
    width, height = size_px
    lightness = small_lightness(
        frame.luma, bit_depth=depth, full_range=full_range, width_px=width, height_px=height
    )
    scale = np.float32(2.0 ** (_BEYOND_8_BITS - depth))
    luma, cb, cr = (
        _resized(plane.astype(np.float32), size_px) * scale for plane in (frame.luma, frame.cb, frame.cr)
    )
    codes = np.rint(luma).astype(np.uint8)
    color = with_matrix(film.color, height_px=film.height_px)
    ab = ab_from_planes(codes, cb, cr, pixel_format=SMALL_FORMAT, color=color)
    return ColorFrame(lightness, np.ascontiguousarray(ab.transpose(2, 0, 1)), np.ones_like(lightness))


def _resized(plane: Floats, size_px: tuple[int, int]) -> Floats:
    height, width = plane.shape[:2]
    how = cv2.INTER_AREA if size_px[0] <= width and size_px[1] <= height else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(plane, size_px, interpolation=how), np.float32)


def _refuse_film(colored: FilmInfo) -> None:
    if colored.is_photograph:
        raise InputError(f"{colored.path.name} is one picture", "Give a film, or the folder of its frames.")
    if colored.pixel_format.is_grey:
        raise InputError(f"{colored.path.name} has no colours", "Give the film that was coloured.")


def _refuse_shape(name: str, size_px: tuple[int, int], sample_aspect: Fraction, film: FilmInfo) -> None:
    """Raises InputError where a picture is not as wide and as high as the film, but for its scale."""
    shape = Fraction(*size_px) * (sample_aspect or 1)
    film_shape = Fraction(*film.size_px) * (film.sample_aspect or 1)
    if Fraction(*size_px) == Fraction(*film.size_px):
        return  # tools forget the shape of pixels
    if abs(shape / film_shape - 1) > _ASPECT:
        sizes = f"{size_px[0]}x{size_px[1]} px, {film.path.name} {film.width_px}x{film.height_px} px"
        raise InputError(
            f"{name} has another shape than the film: {sizes}", "Scale it without cropping or borders."
        )
