"""What the feature stores are filled with: photographs of every source, among them frames of colour films.

Films are less vivid than photographs of the web, and the network must learn the difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np

from tcvc_cli.color.chroma import rgb_from_planes
from tcvc_cli.errors import InputError
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.train.material.features import Item, Shown, show_for_training, show_for_validation
from tcvc_cli.train.material.photographs import Picture, is_photograph, read
from tcvc_cli.train.material.sources import HELD_OUT_SOURCES, Sources, is_plain

FRAMES_OF_A_FILM = 6
_FRAMES_READ = 400
_PHOTOGRAPHS_TO_A_FRAME = 25
_OF_A_SOURCE = 16  # validation photographs
_LEAST_PX = 120

T = TypeVar("T")


def training_items(sources: Sources, films: Path | None, seed: int = 0) -> Iterator[tuple[Item, Shown]]:
    """Every plain photograph once, in the order of `sources`, a frame of a film after every 25th."""
    frames = iter(()) if films is None else frames_of(films)
    for place, file in enumerate(sources.train):
        if place % _PHOTOGRAPHS_TO_A_FRAME == _PHOTOGRAPHS_TO_A_FRAME - 1:
            for item, frame in islice(frames, 1):
                yield item, show_for_training(frame, np.random.default_rng((seed, place, 1)))
        picture = read(file)
        if min(picture.shape[:2]) >= _LEAST_PX and is_plain(picture):
            item = Item(f"photograph/{file.parent.name}", str(file))
            yield item, show_for_training(picture, np.random.default_rng((seed, place)))


def validation_items(sources: Sources, films: Path | None) -> Iterator[tuple[Item, Shown]]:
    """Some photographs of every source, and frames of the validation films."""
    for name, files in sources.validation.items():
        kind = "held-out" if name in HELD_OUT_SOURCES else "split"
        for file in spread(files, _OF_A_SOURCE):
            picture = read(file)
            if min(picture.shape[:2]) >= _LEAST_PX and is_plain(picture):
                yield Item(f"{kind}/{name}", str(file)), show_for_validation(picture)
    for item, frame in iter(()) if films is None else frames_of(films):
        yield item, show_for_validation(frame)


def frames_of(films: Path) -> Iterator[tuple[Item, Picture]]:
    """Frames spread over the first 400 of every film under `films`, or folder of pictures."""
    for path in sorted(films.iterdir()):
        try:
            frames = _pictures(path) if path.is_dir() else _decoded(path)
        except InputError:
            continue  # a list of sources, say, beside the films
        for number, frame in enumerate(frames):
            yield Item(f"film/{path.stem}", f"{path}#{number}"), frame


def spread(things: Sequence[T], count: int) -> list[T]:
    """At most `count` of them, the first and the last included, evenly."""
    places = np.linspace(0, len(things) - 1, min(count, len(things))).astype(int)
    return [things[place] for place in places]


def _pictures(folder: Path) -> list[Picture]:
    return [read(file) for file in spread(sorted(filter(is_photograph, folder.iterdir())), FRAMES_OF_A_FILM)]


def _decoded(path: Path) -> list[Picture]:
    film = probe(path)
    out = []
    for frame in spread(list(islice(read_frames(film), _FRAMES_READ)), FRAMES_OF_A_FILM):
        if frame.cb is None or frame.cr is None:
            return []
        rgb = rgb_from_planes(
            frame.luma, frame.cb, frame.cr, pixel_format=film.pixel_format, color=film.color
        )
        out.append(np.rint(rgb * 255).astype(np.uint8))
    return out
