"""How far the colours of one given frame reach, and of two.

python -m benchmarks.spread FOLDER [--only NAME ...] [--frames 60] [--prototype] [--last]

FOLDER holds colour films and folders of JPEG frames. The true colours of the first frame of each are given;
the others are turned grey and coloured: not at all, by the flow alone, with --prototype by its slow twin
(benchmarks/prototype.py), and by the tool. Figures are the mean over the frames after the first of the ab
PSNR (peak 255), and flicker, the warp error of ab over its mean chroma, beside the truth's. With --last the
true colours of the last frame are given too; there the last frame does not count, with the first frame given
alone neither. Every clip is coloured as one shot; of those that have cuts the number of shots is printed, and
flicker is not measured across them.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.clips import Film, films, shots_of, true_ab
from benchmarks.coloring import Floats, add_model, chosen_network
from benchmarks.machine import probe
from benchmarks.prototype import Matcher, by_flow, by_flow_and_likeness
from benchmarks.remembering import RememberingTool
from tcvc_cli.measure.warp_error import FlowMeter, SteadinessMeter

Ways = Mapping[str, Iterator[Floats]]  # ab (H, W, 2) of every frame
TRUTH, TOOL, BOTH, PROTOTYPE = "truth", "tool", "both", "proto"
_NO_ERROR = 1e-9  # of the mean square


@dataclass(frozen=True, slots=True)
class Judged:
    """One way of coloring a film: `psnr_db` of every frame, and `flicker`, None without color."""

    psnr_db: tuple[float, ...]
    flicker: float | None

    @property
    def after_first_db(self) -> float:
        return float(np.mean(self.psnr_db[1:]))

    @property
    def between_db(self) -> float:
        return float(np.mean(self.psnr_db[1:-1]))


@dataclass(frozen=True, slots=True)
class Row:
    film: str
    shots: int
    ways: Mapping[str, Judged]

    def __str__(self) -> str:
        name = f"{self.film[:25]}, {self.shots} shots" if self.shots > 1 else self.film[:34]
        return f"{name:34s} {_figures([self])}"


def psnr_db(ab: Floats, truth: Floats) -> float:
    """ab PSNR with a peak of 255."""
    return float(10 * np.log10(255**2 / max(_NO_ERROR, float(np.square(ab - truth).mean()))))


def ways_of(film: Film, tool: RememberingTool, matcher: Matcher | None, *, is_last_given: bool) -> Ways:
    """All ways to colour the film, as they are asked for."""
    lightness = [film.lightness(place) for place in range(len(film.luma))]
    given = true_ab(film.rgb[0])
    ways: dict[str, Iterator[Floats]] = {
        TRUTH: (true_ab(frame) for frame in film.rgb),
        "grey": (np.zeros_like(given) for _ in film.rgb),
        "flow": by_flow(lightness, given),
    }
    if matcher is not None:
        ways[PROTOTYPE] = by_flow_and_likeness(lightness, given, matcher)
    first = tool.given(film, 0)
    ways[TOOL] = tool.colors(film, [first])
    if is_last_given:
        ways[BOTH] = tool.colors(film, [first, tool.given(film, len(film.luma) - 1)])
    return ways


def judge(film: Film, ways: Ways) -> Row:
    """`ways` holds TRUTH. Of each way a frame is held at a time."""
    shots = shots_of(film.luma)
    starts = {shot.start for shot in shots}
    errors: dict[str, list[float]] = {name: [] for name in ways}
    steady = {name: SteadinessMeter() for name in ways}
    for place, frames in enumerate(zip(*ways.values(), strict=True)):
        if place in starts:
            flow = FlowMeter()
        motion, colors = flow.add(film.lightness(place)), dict(zip(ways, frames, strict=True))
        for name, ab in colors.items():
            errors[name].append(psnr_db(ab, colors[TRUTH]))
            steady[name].add(ab, motion)
    results = {name: meter.result() for name, meter in steady.items()}
    flickers = {name: result.flicker if result else None for name, result in results.items()}
    return Row(film.name, len(shots), {name: Judged(tuple(errors[name]), flickers[name]) for name in ways})


def header(ways: Sequence[str]) -> str:
    colored = [name for name in ways if name not in (TRUTH, BOTH)]
    steady = [name for name in ways if name not in ("grey", BOTH)]
    text = f"{'':34s} {' '.join(f'{name:>6s}' for name in colored)}"
    text += f"  flicker: {' '.join(f'{name:>6s}' for name in steady)}"
    return text + ("  first alone, and last   gain  flicker" if BOTH in ways else "")


def _figures(rows: Sequence[Row]) -> str:
    """Of one film, or the means of several; in the order of `header`."""
    ways = rows[0].ways
    colored = [_mean(rows, name, "after_first_db") for name in ways if name not in (TRUTH, BOTH)]
    steady = [_mean(rows, name, "flicker") for name in ways if name not in ("grey", BOTH)]
    text = " ".join(f"{one:6.2f}" for one in colored)
    text += "  " + " " * 9 + " ".join(f"{one:6.3f}" for one in steady)
    if BOTH in ways:
        alone, both = (_mean(rows, name, "between_db") for name in (TOOL, BOTH))
        text += f"  {alone:11.2f} {both:9.2f} {both - alone:+6.2f} {_mean(rows, BOTH, 'flicker'):8.3f}"
    return text


def _mean(rows: Sequence[Row], way: str, what: str) -> float:
    figures = [getattr(row.ways[way], what) for row in rows]
    known = [one for one in figures if one is not None]
    return float(np.mean(known)) if known else float("nan")


def counts(rows: Sequence[Row]) -> Iterator[str]:
    """How often the tool is better."""
    if PROTOTYPE in rows[0].ways:
        gains = [row.ways[TOOL].after_first_db - row.ways[PROTOTYPE].after_first_db for row in rows]
        better = sum(gain > 0 for gain in gains)
        yield f"over the prototype: {np.mean(gains):+.2f} dB, least {min(gains):+.2f}, {better} better"
    steady = [(row.ways[TOOL].flicker, row.ways[TRUTH].flicker) for row in rows]
    known = [tool <= truth for tool, truth in steady if tool is not None and truth is not None]
    yield f"as steady as the truth: {sum(known)} of {len(known)}"
    if BOTH in rows[0].ways:
        gains = [row.ways[BOTH].between_db - row.ways[TOOL].between_db for row in rows]
        yield f"better with the last too: {sum(gain > 0 for gain in gains)}, least {min(gains):+.2f} dB"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="*", default=[], help="names of films")
    parser.add_argument("--frames", type=int, default=60, help="of each film, from its first")
    parser.add_argument("--prototype", action="store_true", help="its slow twin too")
    parser.add_argument("--last", action="store_true", help="the last frame given too")
    add_model(parser)
    chosen = parser.parse_args()
    tool = RememberingTool(chosen_network(chosen))
    matcher = Matcher() if chosen.prototype else None
    print(probe(), end="\n\n")
    rows: list[Row] = []
    for film in films(chosen.folder, chosen.only, chosen.frames):
        rows.append(judge(film, ways_of(film, tool, matcher, is_last_given=chosen.last)))
        if len(rows) == 1:
            print(header(list(rows[0].ways)))
        print(rows[-1], flush=True)
    if not rows:
        raise SystemExit(f"no such film in {chosen.folder}")
    print(f"{f'mean of {len(rows)}, each alike':34s} {_figures(rows)}; {'; '.join(counts(rows))}")


if __name__ == "__main__":
    main()
