"""Frames of a film before and after, side by side, as one PNG.

python examples/before_after.py FILM RESULT SHEET.png [--frames N]
"""

from __future__ import annotations

import argparse
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]


def shown(path: Path, numbers: list[int]) -> list[Picture]:
    """The frames with these numbers as a player shows them, RGB."""
    wanted = set(numbers)
    with av.open(str(path)) as film:
        frames = islice(film.decode(video=0), max(wanted) + 1)
        return [
            frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False)
            for place, frame in enumerate(frames)
            if place in wanted
        ]


def count(path: Path) -> int:
    with av.open(str(path)) as film:
        return sum(1 for _ in film.decode(video=0))


def sheet(before: list[Picture], after: list[Picture], width: int = 300) -> Picture:
    """Two rows: the film above, the result below."""
    rows = [np.hstack([_shrunk(picture, width) for picture in row]) for row in (before, after)]
    return np.vstack(rows)


def _shrunk(picture: Picture, width: int) -> Picture:
    size = (width, round(width * picture.shape[0] / picture.shape[1]))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("film", type=Path)
    parser.add_argument("result", type=Path)
    parser.add_argument("sheet", type=Path)
    parser.add_argument("--frames", type=int, default=5)
    chosen = parser.parse_args()
    share = (np.arange(chosen.frames) + 0.5) / chosen.frames
    numbers = [int(place) for place in share * count(chosen.result)]
    picture = sheet(shown(chosen.film, numbers), shown(chosen.result, numbers))
    cv2.imwrite(str(chosen.sheet), picture[..., ::-1])


if __name__ == "__main__":
    main()
