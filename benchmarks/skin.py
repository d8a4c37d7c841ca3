"""Whose skin the colours fit: faces in photographs, by how dark their skin is.

python -m benchmarks.skin FOLDER ... [--only NAME ...] [--train] [--model NAME]

A FOLDER is as for benchmarks.photographs; its validation photographs are taken, and all of the folders
that tcvc-dino never saw; with --train those that were trained on, of which there are more. Faces are found
in the true picture by scikit-image's cascade; a face counts when most of its middle has the Cb and Cr of
skin (Chai and Ngan, 1999: Cb 77 to 127, Cr 133 to 173, whatever the luma). Groups follow the individual
typology angle of that middle, atan2(L* - 50, b*) (Chardon et al., 1991), of the picture as it was lit and
exposed: a group is no more than that.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.data import lbp_frontal_face_cascade_filename
from skimage.feature import Cascade

from benchmarks.coloring import Colorizer, add_model, chosen_network, grey_luma
from benchmarks.machine import probe
from tcvc_cli.color.lab import lab_from_rgb
from tcvc_cli.measure.fidelity import ciede2000
from tcvc_cli.train.material.photographs import read
from tcvc_cli.train.material.sources import find_sources

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
GROUPS = (("very light", 55.0), ("light", 41.0), ("intermediate", 28.0), ("tan", 10.0), ("brown", -30.0))
DARKEST = "dark"
_SKIN_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Face:
    """Means over the skin of one face; `result` and `truth` are (L*, a*, b*)."""

    result: Floats
    truth: Floats
    difference: float
    grey_difference: float

    @property
    def typology_angle(self) -> float:
        """Degrees; smaller is darker."""
        return math.degrees(math.atan2(self.truth[0] - 50, self.truth[2]))

    @property
    def group(self) -> str:
        return next((name for name, least in GROUPS if self.typology_angle > least), DARKEST)


def skin_regions(picture: Bytes, cascade: Cascade) -> Iterator[tuple[tuple[slice, slice], NDArray[np.bool_]]]:
    """The middle of each face in the picture (H, W, 3) and which of its pixels are skin."""
    boxes = cascade.detect_multi_scale(
        picture, scale_factor=1.2, step_ratio=1, min_size=(32, 32), max_size=(160, 160)
    )
    for box in boxes:
        rows = slice(box["r"] + box["height"] // 4, box["r"] + box["height"] * 3 // 4)
        columns = slice(box["c"] + box["width"] // 4, box["c"] + box["width"] * 3 // 4)
        coded = cv2.cvtColor(np.ascontiguousarray(picture[rows, columns]), cv2.COLOR_RGB2YCrCb)
        cr, cb = coded[..., 1], coded[..., 2]
        skin = (cb >= 77) & (cb <= 127) & (cr >= 133) & (cr <= 173)
        if skin.mean() >= _SKIN_SHARE:
            yield (rows, columns), skin


def faces(path: Path, colorizer: Colorizer, cascade: Cascade) -> Iterator[Face]:
    """All faces of one photograph, coloured from its luma."""
    picture = read(path)
    regions = list(skin_regions(picture, cascade))
    if not regions:
        return
    truth = lab_from_rgb(picture.astype(np.float64) / 255)
    result = np.dstack([truth[..., 0], colorizer.photograph(grey_luma(picture)).astype(np.float64)])
    for place, skin in regions:
        was, made = truth[place][skin], result[place][skin]
        grey = np.where([True, False, False], was, 0.0)
        yield Face(
            made.mean(0), was.mean(0), float(ciede2000(made, was).mean()), float(ciede2000(grey, was).mean())
        )


def row(name: str, found: Sequence[Face]) -> str:
    """Hue error: the angle between the mean colours of the group, made and true."""
    if not found:
        return f"{name:14s}{0:6d}"
    made, was = (np.mean([getattr(face, side) for face in found], 0) for side in ("result", "truth"))
    hues = [math.degrees(math.atan2(color[2], color[1])) for color in (made, was)]
    return (
        f"{name:14s}{len(found):6d}{np.mean([f.difference for f in found]):10.2f}"
        f"{np.mean([f.grey_difference for f in found]):8.2f}"
        f"{math.hypot(*made[1:]) / math.hypot(*was[1:]):10.1%}{hues[0]:9.0f}{hues[1]:7.0f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--only", nargs="*", default=[], help="names of folders")
    parser.add_argument("--train", action="store_true", help="the photographs of training")
    add_model(parser)
    chosen = parser.parse_args()
    colorizer, cascade = Colorizer(chosen_network(chosen)), Cascade(lbp_frontal_face_cascade_filename())
    sources = find_sources(chosen.folders)
    judged = (path for files in sources.validation.values() for path in files)
    files = [
        path
        for path in (sources.train if chosen.train else judged)
        if not chosen.only or path.parent.name in chosen.only
    ]
    found = [face for path in files for face in faces(path, colorizer, cascade)]
    print(probe())
    print(f"\n{'skin':14s} faces CIEDE2000  grey's  chroma/t.  hue made   true")
    for name in (*(name for name, _ in GROUPS), DARKEST):
        print(row(name, [face for face in found if face.group == name]))
    print(row("all", found))


if __name__ == "__main__":
    main()
