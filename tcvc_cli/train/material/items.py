"""What the feature stores are filled with: photographs of every source to learn from, and to judge with them
frames of colour films, which are less vivid than photographs of the web."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np

from tcvc_cli.errors import InputError
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.train.material.features import Item, Shown, show_for_training, show_for_validation
from tcvc_cli.train.material.films import picture_of
from tcvc_cli.train.material.photographs import Picture, is_photograph, read
from tcvc_cli.train.material.sources import HELD_OUT_SOURCES, Sources, is_plain

FRAMES_OF_A_FILM = 6
_FRAMES_READ = 400
_OF_A_SOURCE = 16  # validation photographs
_LEAST_PX = 120

T = TypeVar("T")


def training_items(sources: Sources, side_px: int, seed: int = 0) -> Iterator[tuple[Item, Shown]]:
    """Every plain photograph once, in the order of `sources`."""
    for place, file in enumerate(sources.train):
        picture = read(file)
        if min(picture.shape[:2]) >= _LEAST_PX and is_plain(picture):
            item = Item(f"photograph/{file.parent.name}", str(file))
            yield item, show_for_training(picture, np.random.default_rng((seed, place)), side_px)


def validation_items(sources: Sources, films: Path | None, side_px: int) -> Iterator[tuple[Item, Shown]]:
    """Some photographs of every source, and frames of the validation films."""
    for name, files in sources.validation.items():
        kind = "held-out" if name in HELD_OUT_SOURCES else "split"
        for file in spread(files, _OF_A_SOURCE):
            picture = read(file)
            if min(picture.shape[:2]) >= _LEAST_PX and is_plain(picture):
                yield Item(f"{kind}/{name}", str(file)), show_for_validation(picture, side_px)
    for item, frame in iter(()) if films is None else frames_of(films):
        yield item, show_for_validation(frame, side_px)


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
    frames = spread(list(islice(read_frames(film), _FRAMES_READ)), FRAMES_OF_A_FILM)
    return [picture for frame in frames if (picture := picture_of(film, frame)) is not None]
