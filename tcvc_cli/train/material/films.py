"""Frames of films in colour, and of folders that hold a film picture by picture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tcvc_cli.color.chroma import rgb_from_planes
from tcvc_cli.media.planes import Frame
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.records import FilmInfo
from tcvc_cli.train.material.photographs import Picture, is_photograph, read


def color_frames(path: Path) -> Iterator[Picture]:
    """(H, W, 3) uint8 RGB of the frames of a film, or of the pictures in a folder in the order of their
    names; none where it is grey.

    Raises InputError where it cannot be read, and as `read_frames` does.
    """
    yield from _pictures(path) if path.is_dir() else _decoded(path)


def picture_of(film: FilmInfo, frame: Frame) -> Picture | None:
    """(H, W, 3) uint8 RGB; None of a grey film."""
    if frame.cb is None or frame.cr is None:
        return None
    rgb = rgb_from_planes(frame.luma, frame.cb, frame.cr, pixel_format=film.pixel_format, color=film.color)
    return np.rint(rgb * 255).astype(np.uint8)


def _pictures(folder: Path) -> Iterator[Picture]:
    yield from (read(file) for file in sorted(filter(is_photograph, folder.iterdir())))


def _decoded(path: Path) -> Iterator[Picture]:
    film = probe(path)
    for frame in read_frames(film):
        picture = picture_of(film, frame)
        if picture is None:
            return
        yield picture
