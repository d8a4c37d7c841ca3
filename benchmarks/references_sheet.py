"""A picture to look at: what one given frame does for later ones.

python -m benchmarks.references_sheet SHEET.png FILM ... [--frames N]

Of each film the first frame, which is given, and three later ones, side by side; one above the other: grey,
coloured without it, coloured with it, and true.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.clips import Film, films
from benchmarks.coloring import add_model, chosen_network
from benchmarks.remembering import RememberingTool
from tcvc_cli.color.chroma import chroma_planes, rgb_from_planes
from tcvc_cli.records import ColorTags, PixelFormat

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
_LATER = 3
_FORMAT = PixelFormat("yuv444p", 8, 0, 0, is_grey=False, is_rgb=False)
_COLOR = ColorTags(primaries=6, transfer=6, matrix=6, full_range=True)  # as `grey_luma` makes it


def painted(luma: Bytes, ab: Floats) -> Bytes:
    """(H, W, 3) RGB, as a player shows the planes that the tool makes of (H, W, 2) ab."""
    cb, cr = chroma_planes(luma, ab, pixel_format=_FORMAT, color=_COLOR)
    rgb = rgb_from_planes(luma, cb, cr, pixel_format=_FORMAT, color=_COLOR)
    return np.asarray(np.rint(np.clip(rgb, 0, 1) * 255), np.uint8)


def sheet_of(tool: RememberingTool, film: Film, height_px: int) -> Bytes:
    """(4 * height_px, width, 3): grey, without, with, true; the first column is the given frame."""
    shown = np.linspace(0, len(film.rgb) - 1, _LATER + 1).astype(int)
    ways = [list(tool.colors(film)), list(tool.colors(film, [tool.given(film, 0)]))]
    columns = []
    for place in shown:
        luma = film.luma[place]
        rows = [
            np.repeat(luma[..., None], 3, -1),
            *(painted(luma, ab[place]) for ab in ways),
            film.rgb[place],
        ]
        size = round(luma.shape[1] * height_px / luma.shape[0]), height_px
        columns.append(np.vstack([cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in rows]))
    return np.hstack(columns)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sheet", type=Path)
    parser.add_argument("films", type=Path, nargs="+", metavar="FILM")
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--height", type=int, default=110, help="of each picture, px")
    add_model(parser)
    chosen = parser.parse_args()
    tool = RememberingTool(chosen_network(chosen))
    sheets = []
    for path in chosen.films:
        (film,) = films(path.parent, (path.stem,), chosen.frames)
        sheets.append(sheet_of(tool, film, chosen.height))
    width = max(one.shape[1] for one in sheets)
    padded = [np.pad(one, ((0, 0), (0, width - one.shape[1]), (0, 0))) for one in sheets]
    cv2.imwrite(str(chosen.sheet), np.vstack(padded)[..., ::-1])


if __name__ == "__main__":
    main()
