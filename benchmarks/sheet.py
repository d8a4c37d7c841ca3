"""A picture to look at: frames of films and photographs, grey, and as each network colours them.

python -m benchmarks.sheet SHEET.png FILE ... [--models NAME ...] [--frames N] [--palettes]

Each FILE is a film, a folder of JPEG frames or a photograph, in colour or not; only its luma is used. A row
for each frame: the grey, then a column for each network, or with --palettes the four worlds of the last one.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.anchors import painted
from benchmarks.clips import films, small
from benchmarks.coloring import Colorizer, grey_luma
from tcvc_cli.model.colorizer import DEFAULT
from tcvc_cli.model.networks.anchored import AnchoredColorizer
from tcvc_cli.model.runtime import choose_device, load_network
from tcvc_cli.train.material.photographs import is_photograph, read

Bytes = NDArray[np.uint8]


def lumas(path: Path, count: int) -> Iterator[Bytes]:
    """`count` moments of a film, or the one of a photograph."""
    if path.is_file() and is_photograph(path):
        yield grey_luma(small(read(path)))
        return
    (film,) = films(path.parent, (path.stem,), 240)
    for place in ((np.arange(count) + 0.5) / count * len(film.luma)).astype(int):
        yield film.luma[place]


def colorizers(names: list[str], *, has_palettes: bool) -> list[Colorizer]:
    device = choose_device("auto")
    out = [Colorizer(cast(AnchoredColorizer, load_network(name, device))) for name in names]
    if has_palettes:
        worlds = range(1, out[-1].network.abilities.palettes + 1)
        out += [
            Colorizer(cast(AnchoredColorizer, load_network(names[-1], device)), palette=world)
            for world in worlds
        ]
    return out


def row(luma: Bytes, columns: list[Colorizer], height: int) -> Bytes:
    grey = np.repeat(luma[..., None], 3, -1)
    pictures = [grey, *(painted(luma, colorizer.photograph(luma)) for colorizer in columns)]
    width = round(grey.shape[1] * height / grey.shape[0])
    return np.hstack([cv2.resize(p, (width, height), interpolation=cv2.INTER_AREA) for p in pictures])


def stacked(rows: list[Bytes]) -> Bytes:
    """One above the other; narrow ones stand on black."""
    width = max(one.shape[1] for one in rows)
    return np.vstack([np.pad(one, ((0, 0), (0, width - one.shape[1]), (0, 0))) for one in rows])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sheet", type=Path)
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--models", nargs="+", default=["tcvc-mini", DEFAULT])
    parser.add_argument("--frames", type=int, default=1, help="of each film")
    parser.add_argument("--height", type=int, default=240, help="of each picture, px")
    parser.add_argument("--palettes", action="store_true")
    chosen = parser.parse_args()
    columns = colorizers(chosen.models, has_palettes=chosen.palettes)
    frames = (luma for path in chosen.files for luma in lumas(path, chosen.frames))
    rows = [row(luma, columns, chosen.height) for luma in frames]
    cv2.imwrite(str(chosen.sheet), stacked(rows)[..., ::-1])


if __name__ == "__main__":
    main()
