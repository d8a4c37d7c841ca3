"""Does the score that says which shots to look at first rank them as their true error does?

python -m benchmarks.ranking CLIPS [--frames N] [--only NAME ...] [--photographs FOLDER ...] [--every N]
    [--model NAME] [--json FILE]

CLIPS holds colour films and folders of JPEG frames. Each is turned grey and coloured by the tool's own path;
what `tcvc report` knows of it without the truth is held against how far the colours are from the true ones:
the mean distance of ab over all places and frames (CIE units), CIEDE2000, and the loss against grey (the
negative of the gain in dB). Correlations are Spearman's, with an interval that holds
95 % of 4000 samples drawn with replacement.

With --photographs, photographs that were held out from training are coloured each alone; the factor of the
score, and the sharpness of the distribution by which a network doubts, are fitted on them and nothing else.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from json import dumps
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.clips import INTERVAL, films, shots_of, true_ab
from benchmarks.coloring import Colorizer, add_model, chosen_network, grey_luma
from benchmarks.machine import probe
from tcvc_cli.measure.agreement import Agreement
from tcvc_cli.measure.appraisal import Appraisal
from tcvc_cli.measure.fidelity import ciede2000
from tcvc_cli.review.report.ranking import expected_error
from tcvc_cli.train.material.items import spread
from tcvc_cli.train.material.photographs import read
from tcvc_cli.train.material.sources import find_sources, is_plain

Floats = NDArray[np.float32]
Signals = NDArray[np.float64]

LEAST_FRAMES: Final = 5
OF_A_SOURCE: Final = 5  # photographs
SAMPLES: Final = 4000
_LEAST_PX: Final = 120
SIGNALS: Final = ("doubt", "disagreement", "chroma", "flicker", "drift")
ERRORS: Final = ("ab", "ciede2000", "loss")


@dataclass(frozen=True, slots=True)
class Row:
    """`ab` is the true error in CIE units, `loss` that against grey in dB, `score` what the report says."""

    name: str
    frames: int
    appraisal: Appraisal
    score: float | None
    ab: float
    ciede2000: float
    loss: float

    def __str__(self) -> str:
        known = (getattr(self.appraisal, name) for name in SIGNALS)
        figures = (self.ab, self.ciede2000, self.loss, self.score, *known)
        return f"{self.name[:30]:30s} {self.frames:5d} {' '.join(map(_figure, figures))}"


HEADER = f"{'':30s} frames      ab   dE00   loss  score  " + "  ".join(f"{name[:6]:>6s}" for name in SIGNALS)


def _figure(value: float | None) -> str:
    return "     -" if value is None else f"{value:6.2f}"


@dataclass(frozen=True, slots=True)
class TrueError:
    """Means over the frames; `agreement` of all their pixels."""

    ab: float
    ciede2000: float
    agreement: Agreement


def true_error(lightness: torch.Tensor, ab: Floats, truth: Sequence[Floats]) -> TrueError:
    """At the size of the colours, (T, 2, h, w); `truth` (H, W, 2) of each frame."""
    size = ab.shape[:1:-1]
    distances, differences, agreement = [], [], None
    for light, made, true in zip(lightness[:, 0].numpy(), ab, truth, strict=True):
        colors = made.transpose(1, 2, 0).astype(np.float64)
        right = np.asarray(cv2.resize(true, size, interpolation=cv2.INTER_AREA), np.float64)
        small = np.asarray(cv2.resize(light, size, interpolation=cv2.INTER_AREA), np.float64)
        distances.append(np.hypot(*np.moveaxis(colors - right, -1, 0)).mean())
        differences.append(ciede2000(np.dstack([small, colors]), np.dstack([small, right])).mean())
        one = Agreement.of(colors, right)
        agreement = one if agreement is None else agreement + one
    assert agreement is not None
    return TrueError(float(np.mean(distances)), float(np.mean(differences)), agreement)


def row_of(name: str, colorizer: Colorizer, lightness: torch.Tensor, truth: Sequence[Floats]) -> Row:
    """Of a shot, or of a photograph, which is a shot of one frame."""
    ab, appraisal = colorizer.appraised(lightness, interval=INTERVAL)
    error = true_error(lightness, ab, truth)
    gain = error.agreement.gain_over_grey_db
    return Row(name, len(ab), appraisal, expected_error(appraisal), error.ab, error.ciede2000, -gain)


def rows_of_clips(root: Path, names: Sequence[str], most_frames: int, colorizer: Colorizer) -> Iterator[Row]:
    """All shots of every film that have a few frames."""
    for film in films(root, names, most_frames):
        for shot in (one for one in shots_of(film.luma) if len(one) >= LEAST_FRAMES):
            part = film.part(shot)
            truth = [true_ab(frame) for frame in part.rgb]
            yield row_of(film.name, colorizer, colorizer.lightness(part.luma), truth)


def rows_of_photographs(roots: Sequence[Path], every: int, colorizer: Colorizer) -> Iterator[Row]:
    """A few of every source, of those that no network has learned from."""
    found = find_sources(roots).validation
    files = [file for name in sorted(found) for file in spread(found[name], OF_A_SOURCE)]
    for file in files[::every]:
        picture = read(file)
        if min(picture.shape[:2]) >= _LEAST_PX and is_plain(picture):
            lightness = colorizer.lightness([grey_luma(picture)])
            yield row_of(file.parent.name, colorizer, lightness, [true_ab(picture)])


def ranks(values: Signals) -> Signals:
    """From 0; of equal ones the mean."""
    order = np.argsort(values, kind="stable")
    found = np.empty(len(values))
    edges = [0, *(np.flatnonzero(np.diff(values[order])) + 1), len(values)]
    for start, stop in pairwise(edges):
        found[order[start:stop]] = (start + stop - 1) / 2
    return found


def spearman(ones: Signals, others: Signals) -> float:
    """NaN where one of them is the same everywhere."""
    first, second = (ranks(values) - (len(values) - 1) / 2 for values in (ones, others))
    length = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum()) / length if length else float("nan")


def interval(ones: Signals, others: Signals) -> tuple[float, float]:
    """That holds 95 % of what is found in samples with replacement."""
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, len(ones), (SAMPLES, len(ones)))
    low, high = np.nanpercentile([spearman(ones[one], others[one]) for one in drawn], [2.5, 97.5])
    return float(low), float(high)


def correlations(rows: Sequence[Row]) -> Iterator[str]:
    """A line for the score and each signal; of those that say it of every row."""
    yield f"{'Spearman, of ' + str(len(rows)):22s}" + "".join(f"{name:>24s}" for name in ERRORS)
    for name in ("score", *SIGNALS):
        values = [row.score if name == "score" else getattr(row.appraisal, name) for row in rows]
        if None in values:
            values = [float("nan") if one is None else one for one in values]
        signal = np.asarray(values, np.float64)
        there = np.isfinite(signal)
        if there.sum() > 2:
            yield f"{name:22s}" + "".join(f"{_of(signal, rows, error, there):>24s}" for error in ERRORS)


def _of(signal: Signals, rows: Sequence[Row], error: str, there: NDArray[np.bool_]) -> str:
    truth = np.asarray([getattr(row, error) for row in rows], np.float64)[there]
    low, high = interval(signal[there], truth)
    return f"{spearman(signal[there], truth):+.2f} ({low:+.2f} to {high:+.2f})"


def fitted(rows: Sequence[Row]) -> str:
    """What doubt is to be multiplied with, and how straight the relation is."""
    known = np.asarray([(row.appraisal.doubt, row.ab) for row in rows], np.float64)
    doubt, error = known.mean(0)
    logs = np.log(known)
    power = np.polyfit(logs[:, 0], logs[:, 1], 1)[0]
    return f"mean error {error:.2f}, mean doubt {doubt:.2f}, factor {error / doubt:.2f}; power {power:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clips", type=Path)
    parser.add_argument("--frames", type=int, default=60, help="of each clip, from its first")
    parser.add_argument("--only", nargs="*", default=[], help="names of clips")
    parser.add_argument("--photographs", type=Path, nargs="*", default=[], help="folders of folders")
    parser.add_argument("--every", type=int, default=1, help="take every Nth of the photographs")
    parser.add_argument("--json", type=Path, help="write the rows of the clips")
    add_model(parser)
    chosen = parser.parse_args()
    colorizer = Colorizer(chosen_network(chosen))
    print(probe())
    print(f"\n{HEADER}")
    rows: list[Row] = []
    for row in rows_of_clips(chosen.clips, chosen.only, chosen.frames, colorizer):
        print(row, flush=True)
        rows.append(row)
    print("\n" + "\n".join(correlations(rows)))
    if chosen.json is not None:
        chosen.json.write_text(dumps([asdict(row) for row in rows], indent=1))
    if chosen.photographs:
        of_photographs = list(rows_of_photographs(chosen.photographs, chosen.every, colorizer))
        print("\nphotographs\n" + "\n".join(correlations(of_photographs)))
        print(fitted(of_photographs))


if __name__ == "__main__":
    main()
