"""The whole table: ways of colouring, side by side, on films whose colours are known.

python -m benchmarks.methods FOLDER [--held-out] [--only NAME ...] [--frames N] [--lpips WEIGHTS]
    [--plot PLOT.png] [--model NAME]

FOLDER holds colour films and folders of JPEG frames; each is turned grey and coloured in every way.
Figures are means over the films; flicker is the mean of each film's, since it is a quotient. The
definitions are those of `tcvc measure` (`tcvc_cli/measure`).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from matplotlib import pyplot
from numpy.typing import NDArray

from benchmarks.clips import INTERVAL, Film, films, shots_of, true_ab
from benchmarks.coloring import Colorizer, add_model, chosen_network
from benchmarks.machine import probe
from tcvc_cli.color.lab import lab_from_rgb, rgb_from_lab
from tcvc_cli.measure.lpips import LpipsMeter
from tcvc_cli.measure.pictures import Shown
from tcvc_cli.measure.report import Report, ReportMeter
from tcvc_cli.model.networks.mini import HYPOTHESES
from tcvc_cli.train.material.motion import HELD_OUT

Floats = NDArray[np.float32]
Method = Callable[[Colorizer, torch.Tensor], Floats]


def _grey(_: Colorizer, lightness: torch.Tensor) -> Floats:
    count, _channels, height, width = lightness.shape
    return np.zeros((count, 2, height // 4, width // 4), np.float32)


def _ensemble(colorizer: Colorizer, lightness: torch.Tensor) -> Floats:
    """TCVC's multi-sampling, as `--ensemble` does it: two intervals, averaged."""
    samplings = [colorizer.film(lightness, interval=interval) for interval in (INTERVAL, INTERVAL + 2)]
    return np.asarray(np.mean(samplings, axis=0), np.float32)


def _with_palette(number: int) -> Method:
    def color(colorizer: Colorizer, lightness: torch.Tensor) -> Floats:
        colorizer.network.choose_palette(number)
        try:
            return colorizer.film(lightness)
        finally:
            colorizer.network.choose_palette(0)

    return color


METHODS: dict[str, Method] = {
    "grey": _grey,
    "frame by frame": lambda colorizer, lightness: colorizer.by_frame(lightness),
    # Every frame an anchor that is shown the colours of the last: recurrent, as VCGAN is.
    "causal": lambda colorizer, lightness: colorizer.film(lightness, interval=1),
    "anchors that disagree": lambda colorizer, lightness: colorizer.film(lightness, agreement=0),
    "one sampling (the default)": lambda colorizer, lightness: colorizer.film(lightness),
    "ensemble": _ensemble,
    **{f"palette {number}": _with_palette(number) for number in range(1, HYPOTHESES + 1)},
}


def shown(lightness: Floats, ab: Floats) -> Shown:
    """A frame from L* (H, W) and ab (H, W, 2), as far as a screen can show them."""
    rgb = rgb_from_lab(np.dstack([lightness, ab]), clip=True)
    return Shown(rgb, lab_from_rgb(rgb), lightness)


def judge(film: Film, colorizer: Colorizer, lpips: LpipsMeter | None) -> Iterator[tuple[str, Report]]:
    """Every method on the longest shot of the film."""
    shot = max(shots_of(film.luma), key=len)
    part = film.part(shot)
    lightness = colorizer.lightness(part.luma)
    truth = [shown(part.lightness(place), true_ab(rgb)) for place, rgb in enumerate(part.rgb)]
    for name, color in METHODS.items():
        meter = ReportMeter(lpips)
        for place, small in enumerate(color(colorizer, lightness)):
            ab = colorizer.enlarge(small, part.luma[place])
            meter.add(shown(part.lightness(place), ab), truth[place])
        yield name, meter.report()


HEADER = """\
| method | ab PSNR, dB | RGB PSNR, dB | SSIM | CIEDE2000 | LPIPS | colourfulness | chroma | CDC x 1000 \
| warp error | flicker |
|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"""


def _mean(values: Sequence[float | None]) -> float:
    there = [value for value in values if value is not None]
    return float(np.mean(there)) if there else float("nan")


def row(name: str, reports: Sequence[Report]) -> str:
    """One line of the table."""
    looks = [report.result for report in reports]
    return (
        f"| {name} | {_mean([r.ab_psnr_db for r in reports]):.2f}"
        f" | {_mean([r.rgb_psnr_db for r in reports]):.2f} | {_mean([r.ssim for r in reports]):.4f}"
        f" | {_mean([r.ciede2000 for r in reports]):.2f} | {_mean([r.lpips for r in reports]):.4f}"
        f" | {_mean([r.colorfulness_difference for r in reports]):+.1f}"
        f" | {_mean([look.chroma for look in looks]):.1f} | {1000 * _mean([look.cdc for look in looks]):.2f}"
        f" | {_mean([look.warp_error for look in looks]):.3f}"
        f" | {_mean([look.flicker for look in looks]):.4f} |"
    )


def truth_row(reports: Sequence[Report]) -> str:
    """The same of the true colours, as far as it means anything."""
    looks = [report.reference for report in reports]
    return (
        f"| the true colours | | | | | | | {_mean([look.chroma for look in looks]):.1f}"
        f" | {1000 * _mean([look.cdc for look in looks]):.2f}"
        f" | {_mean([look.warp_error for look in looks]):.3f}"
        f" | {_mean([look.flicker for look in looks]):.4f} |"
    )


def plot(path: Path, reports: dict[str, list[Report]]) -> None:
    """Right against still: CIEDE2000 and flicker of every method but grey; near the corner is better."""
    figure, axes = pyplot.subplots(figsize=(7, 4.5), layout="constrained")
    points = {
        name: (
            _mean([report.ciede2000 for report in of_films]),
            _mean([report.result.flicker for report in of_films]),
        )
        for name, of_films in reports.items()
        if name != "grey"
    }
    for name, (right, still) in points.items():
        axes.plot(right, still, "o", color="tab:red" if "default" in name else "tab:blue")
        is_left = any(0 < x - right < 0.3 and abs(np.log(y / still)) < 0.2 for x, y in points.values())
        offset, side = ((-6, 3), "right") if is_left else ((6, 3), "left")
        axes.annotate(name, (right, still), offset, textcoords="offset points", fontsize=8, ha=side)
    truth = _mean([report.reference.flicker for report in next(iter(reports.values()))])
    axes.axhline(truth, color="grey", linewidth=1)
    axes.annotate("the true colours", (axes.get_xlim()[0], truth), fontsize=8, va="bottom")
    axes.margins(x=0.25)
    axes.set(xlabel="CIEDE2000 to the truth", ylabel="flicker", yscale="log")
    figure.savefig(path, dpi=120)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--held-out", action="store_true", help="only the films that training never saw")
    parser.add_argument("--only", nargs="*", default=[], help="names of films")
    parser.add_argument("--frames", type=int, default=60, help="of each film, from its first")
    parser.add_argument("--lpips", type=Path, help="SqueezeNet weights of LPIPS v0.1, safetensors")
    parser.add_argument("--plot", type=Path, help="draw CIEDE2000 against flicker")
    add_model(parser)
    chosen = parser.parse_args()
    lpips = LpipsMeter(chosen.lpips) if chosen.lpips is not None else None
    colorizer = Colorizer(chosen_network(chosen))
    reports: dict[str, list[Report]] = {name: [] for name in METHODS}
    for film in films(chosen.folder, HELD_OUT if chosen.held_out else chosen.only, chosen.frames):
        for name, report in judge(film, colorizer, lpips):
            reports[name].append(report)
            print(f"{film.name}: {name}", file=sys.stderr, flush=True)
    print(probe())
    print(f"\n{HEADER}")
    for name, of_films in reports.items():
        print(row(name, of_films))
    print(truth_row(next(iter(reports.values()))))
    if chosen.plot is not None:
        plot(chosen.plot, reports)


if __name__ == "__main__":
    main()
