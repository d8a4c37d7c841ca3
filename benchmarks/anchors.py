"""How right the colours of single frames of films are, each coloured alone.

python -m benchmarks.anchors FOLDER [--model NAME] [--model-size PX] [--vivid SHARE] [--sheet SHEET.png]

FOLDER holds colour films and folders of JPEG frames; of each, six frames spread over its first 400 are turned
grey and coloured, at most 480 px high. Every film counts alike. Colourfulness is that of Hasler and
Suesstrunk (2003), of the result over that of the truth.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.clips import small, true_ab
from benchmarks.coloring import Colorizer, add_model, chosen_network, grey_luma
from benchmarks.machine import probe
from tcvc_cli.color.lab import rgb_from_lab
from tcvc_cli.color.lightness import lightness_from_luma
from tcvc_cli.measure.agreement import Agreement, AgreementSummary
from tcvc_cli.measure.colorfulness import colorfulness
from tcvc_cli.train.material.items import frames_of

Bytes = NDArray[np.uint8]
BOUNDS = (0.6, 1.6)
HEADER = f"{'':34s}   gain  at best amount    hue amount   cast  colourfulness"


@dataclass(frozen=True, slots=True)
class Coloured:
    """One frame: grey, result and truth are RGB."""

    grey: Bytes
    result: Bytes
    truth: Bytes
    agreement: Agreement


def painted(luma: Bytes, ab: NDArray[np.float32]) -> Bytes:
    """(H, W, 3) RGB of a luma plane (full range) and ab (H, W, 2)."""
    lightness = lightness_from_luma(luma, bit_depth=8, full_range=True)
    return np.asarray(np.rint(rgb_from_lab(np.dstack([lightness, ab]), clip=True) * 255), np.uint8)


def coloured(frame: Bytes, colorizer: Colorizer) -> Coloured:
    """Only the luma of `frame` (H, W, 3) is shown to the network."""
    frame = small(frame)
    luma = grey_luma(frame)
    ab = colorizer.photograph(luma)
    grey = np.repeat(luma[..., None], 3, -1)
    return Coloured(grey, painted(luma, ab), frame, Agreement.of(ab, true_ab(frame)))


def colorfulness_share(frames: list[Coloured]) -> float:
    made, true = (sum(colorfulness(picture) for picture in of) for of in zip(*_pairs(frames), strict=True))
    return made / true


def _pairs(frames: list[Coloured]) -> list[tuple[Bytes, Bytes]]:
    return [(frame.result, frame.truth) for frame in frames]


def total(frames: list[Coloured]) -> Agreement:
    first, *others = (frame.agreement for frame in frames)
    return sum(others, start=first)


def row(name: str, frames: list[Coloured]) -> str:
    of_all = total(frames)
    return (
        f"{name[:34]:34s} {of_all.gain_over_grey_db:+6.2f} {of_all.gain_at_best_amount_db:15.2f}"
        f" {of_all.hue_agreement or 0:6.2f} {of_all.amount or 0:6.2f} {of_all.cast:6.2f}"
        f" {colorfulness_share(frames):14.0%}"
    )


def summary(films: dict[str, list[Coloured]]) -> str:
    rows = [total(frames) for frames in films.values()]
    of_all = AgreementSummary.of(rows)
    share = np.mean([colorfulness_share(frames) for frames in films.values()])
    within = sum(BOUNDS[0] <= (one.amount or 0) <= BOUNDS[1] for one in rows)
    better = sum(one.gain_over_grey_db > 0 for one in rows)
    return (
        f"all {len(rows)}, each alike: gain {of_all.mean_gain_db:+.2f} dB (at the best amount"
        f" {of_all.gain_at_best_amount_db:+.2f}), hue {of_all.hue_agreement:.3f}, amount {of_all.amount:.2f}"
        f" (median; {within} within {BOUNDS[0]} to {BOUNDS[1]}), cast {of_all.cast:.2f},"
        f" colourfulness {share:.0%}; {better} better than grey\n"
        f"all pixels alike: gain {of_all.pooled_gain_db:+.2f} dB, hue {of_all.pooled_hue_agreement:.3f},"
        f" chroma {of_all.chroma_ratio:.0%}"
    )


def sheet(films: dict[str, list[Coloured]], columns: int = 6, width: int = 256) -> Bytes:
    """Grey, result and truth, one above the other, of a frame of each film."""
    tiles = []
    for frames in films.values():
        frame = frames[len(frames) // 2]
        parts = [_tile(part, width) for part in (frame.grey, frame.result, frame.truth)]
        tiles.append(np.vstack(parts))
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % columns)
    return np.vstack([np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles), columns)])


def _tile(picture: Bytes, width: int) -> Bytes:
    size = (width, width * 9 // 16)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model-size", type=int, help="short side the network sees, px")
    parser.add_argument("--sheet", type=Path, help="write a contact sheet")
    add_model(parser)
    chosen = parser.parse_args()
    colorizer = Colorizer(chosen_network(chosen), model_size_px=chosen.model_size)
    films: dict[str, list[Coloured]] = defaultdict(list)
    for item, frame in frames_of(chosen.folder):
        films[item.source.removeprefix("film/")].append(coloured(frame, colorizer))
    print(probe())
    print(f"\n{HEADER}")
    for name, frames in films.items():
        print(row(name, frames))
    print(summary(films))
    if chosen.sheet is not None:
        cv2.imwrite(str(chosen.sheet), sheet(films)[..., ::-1])


if __name__ == "__main__":
    main()
