"""Whether shots that show the same thing are told from others, and how far apart their colours are.

python -m benchmarks.alike FOLDER [FOLDER ...] [--part 12] [--palette 3] [--model NAME] [--only NAME ...]

Of every clip without a cut in the folders (films and folders of JPEG frames) the beginning and the end,
`part` frames each, become two shots of one film: first all beginnings, then all ends. It is coloured by
`tcvc colorize`, left alone and with another palette for the ends of every other clip; `apart` and
`apart_from` of the sidecar say which shot each is held against, and how far it is from it (CIE units).
"""

from __future__ import annotations

import argparse
import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.across_cuts import write_grey
from benchmarks.clips import Film, films, shots_of
from benchmarks.machine import probe
from tcvc_cli.model.colorizer import DEFAULT
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.provenance.sidecar import read_sidecar

SIZE_PX = (320, 240)
MOST_FRAMES = 400  # of a clip


@dataclass(frozen=True, slots=True)
class Shown:
    """A shot of the film: of which clip it is, which shot it is held against, and how far it is from that."""

    clip: int
    apart: float | None
    other: int | None


def clips(roots: Sequence[Path], names: Sequence[str], part: int) -> Iterator[Film]:
    """Those that are long enough for both ends to be different frames."""
    for root in roots:
        for film in films(root, names, MOST_FRAMES):
            if len(film.luma) >= 3 * part and len(shots_of(film.luma)) == 1:
                yield film


def write_film(path: Path, found: Sequence[Film], part: int) -> None:
    """All beginnings, then all ends, grey, with the list of their shots beside it."""
    luma = [one for film in found for one in film.luma[:part]]
    luma += [one for film in found for one in film.luma[-part:]]
    write_grey(path, [np.asarray(cv2.resize(one, SIZE_PX, interpolation=cv2.INTER_AREA)) for one in luma])
    rows = "".join(f"{start},{start + part}\n" for start in range(0, len(luma), part))
    path.with_suffix(".csv").write_text(f"start_frame,stop_frame\n{rows}")


def color(film: Path, model: str, settings: str, part: int, count: int) -> list[Shown]:
    film.with_name(f"{film.stem}.tcvc.toml").write_text(settings)
    options = Options(film, shots_file=film.with_suffix(".csv"), model=model, on_existing="overwrite")
    deque(colorize(options), maxlen=0)
    sidecar = read_sidecar(film.with_name(f"{film.stem}.color.mkv"))
    assert sidecar is not None
    found = []
    for number, shot in enumerate(sidecar.shots):
        known = shot.appraisal
        other = None if known is None or known.apart_from is None else known.apart_from // part
        found.append(Shown(number % count, known.apart if known else None, other))
    return found


def report(title: str, shown: Sequence[Shown], changed: frozenset[int], count: int) -> str:
    """How many are held against the other end of their clip, and how far apart those are whose palette is
    the same, and is another."""
    held = [one for one in shown if one.other is not None]
    right = [one for one in shown if one.other is not None and one.other % count == one.clip]
    lines = [f"{title}: {len(held)} of {len(shown)} held against another, {len(right)} of them of their clip"]
    for words, some in (
        ("same palette", [one for one in right if one.clip not in changed]),
        ("another palette", [one for one in right if one.clip in changed]),
    ):
        figures = [one.apart for one in some if one.apart is not None]
        if figures:
            lines.append(f"  {words:16s} apart {min(figures):5.2f} to {max(figures):5.2f}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--part", type=int, default=12, help="frames")
    parser.add_argument("--palette", type=int, default=3, help="of the ends of every other clip")
    parser.add_argument("--model", default=DEFAULT)
    parser.add_argument("--only", nargs="*", default=[], help="names of clips")
    chosen = parser.parse_args()
    print(probe())
    found = list(clips(chosen.folders, chosen.only, chosen.part))
    count = len(found)
    changed = frozenset(range(0, count, 2))
    palettes = "".join(
        f"[[shot]]\nnumber = {count + clip + 1}\npalette = {chosen.palette}\n" for clip in sorted(changed)
    )
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "film.mkv"
        write_film(film, found, chosen.part)
        alone = color(film, chosen.model, "", chosen.part, count)
        print(f"\n{report('left alone', alone, frozenset(), count)}", flush=True)
        other = color(film, chosen.model, palettes, chosen.part, count)
        print(report(f"palette {chosen.palette} for {len(changed)} shots", other, changed, count))


if __name__ == "__main__":
    main()
