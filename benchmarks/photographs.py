"""How right the colours of single photographs are.

python -m benchmarks.photographs [FOLDER] [--held-out] [--only NAME ...] [--every N] [--hints N]
    [--model NAME] [--model-size PX] [--vivid SHARE] [--sheet SHEET.png]

FOLDER is a folder of folders of colour photographs; its validation part (every 20th file of each
folder; with --held-out instead whole folders that tcvc-dino never saw) is turned grey, coloured, and
held against the truth. Without FOLDER: the photographs that scikit-image carries. With --hints, the
network is told the true colour of N random pixels of each. Brown is the share of pixels in the
quarter of the hues around 60 degrees (chroma of 6 or more).
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import skimage
from numpy.typing import NDArray

from benchmarks.coloring import Colorizer, add_model, chosen_network, grey_luma
from benchmarks.machine import probe
from tcvc_cli.color.lab import lab_from_rgb, rgb_from_lab
from tcvc_cli.measure.agreement import Agreement, AgreementSummary
from tcvc_cli.measure.fidelity import ciede2000
from tcvc_cli.measure.hues import brown_share
from tcvc_cli.train.material.photographs import read, split
from tcvc_cli.train.material.sources import held_out_files

Floats = NDArray[np.float64]
HEADER = (
    f"{'':26s}photos  gain pooled  and mean  hue pooled  and mean  amount   cast  chroma  CIEDE2000"
    "  brown   brown\n"
    f"{'':26s}                dB        dB                     median     ab  /truth     /grey   made   truth"
)
CARRIED = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png")


@dataclass(frozen=True, slots=True)
class Row:
    """One photograph; the differences are means of CIEDE2000."""

    folder: str
    agreement: Agreement
    difference: float
    grey_difference: float
    brown: float
    true_brown: float


def judge(path: Path, colorizer: Colorizer, hints: int = 0) -> tuple[Row, tuple[NDArray[np.uint8], ...]]:
    """Colour one photograph from its luma; the row, and (grey, result, truth) as RGB."""
    picture = read(path)
    luma = grey_luma(picture)
    truth = lab_from_rgb(picture.astype(np.float64) / 255)
    ab = _colors(colorizer, luma, truth[..., 1:], hints).astype(np.float64)
    result = np.dstack([truth[..., 0], ab])
    grey = np.dstack([truth[..., 0], np.zeros_like(ab)])
    row = Row(
        folder=path.parent.name,
        agreement=Agreement.of(ab, truth[..., 1:]),
        difference=float(ciede2000(result, truth).mean()),
        grey_difference=float(ciede2000(grey, truth).mean()),
        brown=brown_share(ab),
        true_brown=brown_share(truth[..., 1:]),
    )
    shown = np.dstack([lab_from_rgb(np.repeat(luma[..., None], 3, -1) / 255.0)[..., 0], ab])
    return row, (np.repeat(luma[..., None], 3, -1), _bytes(shown), picture)


def _colors(colorizer: Colorizer, luma: NDArray[np.uint8], truth: Floats, hints: int) -> NDArray[np.float32]:
    if not hints:
        return colorizer.photograph(luma)
    rng = np.random.default_rng(int(luma.sum()))
    places = [(int(rng.integers(luma.shape[0])), int(rng.integers(luma.shape[1]))) for _ in range(hints)]
    return colorizer.photograph_with_hints(luma, truth.astype(np.float32), places)


def _bytes(lab: Floats) -> NDArray[np.uint8]:
    return np.rint(rgb_from_lab(lab, clip=True) * 255).astype(np.uint8)


def summary(rows: Sequence[Row]) -> str:
    """One line of figures, under HEADER."""
    of_all = AgreementSummary.of([row.agreement for row in rows])
    brown, true_brown = (np.mean([getattr(row, name) for row in rows]) for name in ("brown", "true_brown"))
    share = sum(r.difference for r in rows) / sum(r.grey_difference for r in rows)
    return (
        f"{len(rows):6d} {of_all.pooled_gain_db:+12.2f} {of_all.mean_gain_db:+10.2f}"
        f" {of_all.pooled_hue_agreement:11.2f} {of_all.hue_agreement:9.2f} {of_all.amount:7.2f}"
        f" {of_all.cast:6.2f} {of_all.chroma_ratio:7.1%} {share:10.1%}"
        f" {brown:6.1%} {true_brown:7.1%}"
    )


def sheet(
    pictures: Sequence[tuple[NDArray[np.uint8], ...]], columns: int = 4, height: int = 150
) -> NDArray[np.uint8]:
    """Contact sheet of (grey, result, truth) triples."""
    tiles = [np.hstack([_tile(part, height) for part in triple]) for triple in pictures]
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % columns)
    return np.vstack([np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles), columns)])


def _tile(picture: NDArray[np.uint8], height: int) -> NDArray[np.uint8]:
    h, w = picture.shape[:2]
    side = min(h, w)
    middle = picture[(h - side) // 2 :, (w - side) // 2 :][:side, :side]
    return np.asarray(cv2.resize(middle, (height, height), interpolation=cv2.INTER_AREA), np.uint8)


def chosen_files(root: Path | None, only: Sequence[str], *, is_held_out: bool) -> list[Path]:
    if root is None:
        return [Path(skimage.__file__).parent / "data" / name for name in CARRIED]
    files = held_out_files(root) if is_held_out else split(root).validation
    return [path for path in files if not only or path.parent.name in only]


def _by_folder(rows: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    folders: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        folders[row.folder].append(row)
    yield from sorted(folders.items())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--only", nargs="*", default=[], help="names of folders")
    parser.add_argument("--held-out", action="store_true", help="folders that tcvc-dino never saw")
    parser.add_argument("--every", type=int, default=1, help="take every Nth validation photograph")
    parser.add_argument("--hints", type=int, default=0, help="true colours given, in pixels")
    parser.add_argument("--model-size", type=int, help="short side the network sees, px")
    parser.add_argument("--saturation", type=Fraction, default=Fraction(1))
    parser.add_argument("--palette", type=int, default=0, help="1 to 4: that hypothesis")
    parser.add_argument("--sheet", type=Path, help="write a contact sheet of 40 photographs")
    parser.add_argument("--folders", action="store_true", help="a line for each folder")
    add_model(parser)
    chosen = parser.parse_args()
    colorizer = Colorizer(
        chosen_network(chosen),
        model_size_px=chosen.model_size,
        saturation=float(chosen.saturation),
        palette=chosen.palette,
    )
    files = chosen_files(chosen.folder, chosen.only, is_held_out=chosen.held_out)[:: chosen.every]
    rows: list[Row] = []
    shown: list[tuple[NDArray[np.uint8], ...]] = []
    for number, path in enumerate(files):
        row, pictures = judge(path, colorizer, chosen.hints)
        rows.append(row)
        if number * 40 // len(files) >= len(shown):
            shown.append(pictures)
    print(probe())
    print(f"\n{HEADER}")
    if chosen.folders:
        for name, of_folder in _by_folder(rows):
            print(f"{name:26s}{summary(of_folder)}")
    print(f"{'all':26s}{summary(rows)}")
    if chosen.sheet is not None:
        cv2.imwrite(str(chosen.sheet), sheet(shown)[..., ::-1])


if __name__ == "__main__":
    main()
