"""A picture of what single points do.

python -m benchmarks.points_sheet SHEET.jpg [--model NAME]

Two photographs that scikit-image carries: grey, coloured without points, and with one or two, each of which
is drawn as a ring in its colour.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import skimage
import torch
from numpy.typing import NDArray

from benchmarks.clips import Film
from benchmarks.coloring import add_model, chosen_network, grey_luma
from benchmarks.points import Pointing
from benchmarks.references_sheet import painted
from tcvc_cli.run.looks.given_places import ab_of
from tcvc_cli.settings.film.decisions import Point
from tcvc_cli.settings.film.point_text import point_from_text
from tcvc_cli.train.material.photographs import read

POINTS: Final = {
    "coffee.png": (("0.3,0.8,#8b1a1a",), ("0.1,0.1,#1f5fa8",)),
    "astronaut.png": (("0.35,0.75,#d2691e",), ("0.35,0.75,#2b7a3b", "0.5,0.1,#c0504d")),
}
_HEIGHT_PX: Final = 240


def row(path: Path, ways: tuple[tuple[str, ...], ...], pointing: Pointing) -> NDArray[np.uint8]:
    """(HEIGHT, W, 3): grey, without points, and each of the ways."""
    picture = read(path)
    luma = grey_luma(picture)
    film = Film(path.name, [picture], [luma])
    grey = np.repeat(luma[..., None], 3, -1)
    shown = [grey, painted(luma, pointing.own(luma))]
    for texts in ways:
        points = [point_from_text(text) for text in texts]
        ab = np.zeros((*luma.shape, 2), np.float32)
        places: list[tuple[int, int]] = []
        for point in points:
            disc = _disc(point, luma.shape)
            ab[disc] = ab_of(point)
            places += zip(*(axis.tolist() for axis in np.nonzero(disc)), strict=True)
        (colored,) = pointing.film(film, ab, places, len(points))
        shown.append(_ringed(painted(luma, colored), points))
    width = round(_HEIGHT_PX * luma.shape[1] / luma.shape[0])
    small = [cv2.resize(one, (width, _HEIGHT_PX), interpolation=cv2.INTER_AREA) for one in shown]
    return np.asarray(np.hstack(small), np.uint8)


def _disc(point: Point, size: tuple[int, ...]) -> NDArray[np.bool_]:
    y, x = _place(point, size)
    rows, columns = np.ogrid[: size[0], : size[1]]
    return np.asarray((rows - y) ** 2 + (columns - x) ** 2 <= (point.radius * size[0]) ** 2)


def _place(point: Point, size: tuple[int, ...]) -> tuple[int, int]:
    return int(point.y * size[0]), int(point.x * size[1])


def _ringed(picture: NDArray[np.uint8], points: list[Point]) -> NDArray[np.uint8]:
    out = picture.copy()
    for point in points:
        y, x = _place(point, picture.shape)
        cv2.circle(out, (x, y), len(out) // 40, (255, 255, 255), len(out) // 60, cv2.LINE_AA)
        cv2.circle(out, (x, y), len(out) // 40, point.color or (128, 128, 128), len(out) // 100, cv2.LINE_AA)
    return out


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sheet", type=Path)
    add_model(parser)
    chosen = parser.parse_args()
    torch.set_grad_enabled(False)
    pointing = Pointing(chosen_network(chosen))
    folder = Path(skimage.__file__).parent / "data"
    rows = [row(folder / name, ways, pointing) for name, ways in POINTS.items()]
    width = max(one.shape[1] for one in rows)
    sheet = np.vstack(
        [cv2.copyMakeBorder(one, 0, 6, 0, width - one.shape[1], cv2.BORDER_CONSTANT) for one in rows]
    )
    cv2.imwrite(str(chosen.sheet), np.ascontiguousarray(sheet[..., ::-1]))


if __name__ == "__main__":
    main()
