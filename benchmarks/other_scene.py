"""What pictures of other scenes give, and what unrelated ones take.

python -m benchmarks.other_scene FOLDER ... [--only NAME ...] [--frames 33] [--always]

The films of PAIRS that the FOLDERs hold, whole or folders of JPEG frames, are turned grey and coloured: by
the tool alone, with the true colours of the middle frame of a film of the same kind as a reference, and with
those of two films of another kind, one at a time. Figures are those of measure/agreement.py over all pixels
of all frames: hue agreement, and gain over grey in dB. `seen`: the share of the first frame that the picture
explains. A picture that explains too little is left out, as the tool does it, and marked with a dash; with
--always none is.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.clips import Film, films, true_ab
from benchmarks.coloring import Floats, add_model, chosen_network
from benchmarks.machine import probe
from benchmarks.remembering import RememberingTool
from tcvc_cli.measure.agreement import Agreement
from tcvc_cli.model.memory.entries import Remembered

_MOST_FRAMES: Final = 60  # of a film that a picture is taken from
_HARM_DB: Final = 0.2  # more than this is not to be


@dataclass(frozen=True, slots=True)
class Pair:
    """Names of films: of the one that is coloured, of one like it, and of two of other kinds."""

    film: str
    like: str
    unlike: tuple[str, str]


PAIRS: Final = (
    Pair("davis-dog", "sam2-dog-park", ("davis-kite-surf", "scikitvideo-carphone-qcif")),
    Pair("sam2-dog-park", "davis-dog", ("mdn-toy-frog", "playfield_events_0")),
    Pair("davis-libby", "e2fgvi-schoolgirls", ("mdn-toy-rabbit320", "resol_video3_0")),
    Pair("e2fgvi-schoolgirls", "davis-libby", ("tt_beach_0", "sam2-coffee")),
    Pair("davis-camel", "davis-goat", ("davis-kite-surf", "playfield_events_0")),
    Pair("davis-goat", "davis-camel", ("resol_video3_0", "mma_test_0")),
    Pair("davis-kite-surf", "tw_beach_0", ("intel_onebyone_0", "mma_struct_0")),
    Pair("tw_beach_0", "davis-kite-surf", ("playfield_rest_0", "csci_interview_0")),
    Pair("mdn-toy-frog", "mdn-toy-rabbit320", ("tt_beach_0", "davis-scooter-black")),
    Pair("davis-scooter-black", "nb_pedestrians_0", ("csci_flowers_0", "mma_test_0")),
    Pair("inferno_wedding_0", "inferno_wedding_1", ("mma_test_0", "davis-libby")),
    Pair("playfield_events_1", "playfield_events_0", ("intel_onebyone_0", "tt_beach_0")),
    Pair("playfield_rest_0", "playfield_rest_1", ("davis-kite-surf", "davis-goat")),
    Pair("scooter_type3_1", "scooter_type3_0", ("resol_video3_0", "playfield_events_0")),
    Pair("od_street_0", "nb_pedestrians_0", ("davis-goat", "tt_beach_0")),
)


@dataclass(frozen=True, slots=True)
class Told:
    """A colouring with one picture, or with none; `seen` 0 to 1."""

    agreement: Agreement
    seen: float = 0.0
    is_counted: bool = False

    @property
    def hue(self) -> float:
        return self.agreement.hue_agreement or 0.0

    @property
    def gain_db(self) -> float:
        return self.agreement.gain_over_grey_db


@dataclass(frozen=True, slots=True)
class Row:
    pair: Pair
    automatic: Told
    like: Told
    unlike: tuple[Told, ...]

    @property
    def harms_db(self) -> list[float]:
        """By how much the unrelated pictures are worse than none; below 0 where they help."""
        return [self.automatic.gain_db - one.gain_db for one in self.unlike]

    def __str__(self) -> str:
        told = "".join(f"{_shown(one)}   " for one in (self.like, *self.unlike))
        names = f"{self.pair.film[:22]:22s} {self.pair.like[:22]:22s}"
        automatic = f"{self.automatic.hue:5.2f} {self.automatic.gain_db:+6.2f}"
        return f"{names} {automatic}   {told}{max(self.harms_db):+6.2f}"


HEADER = (
    f"{'film':22s} {'picture of':22s}    automatic   like it             unlike it           another"
    "               most\n"
    f"{'':45s}   hue   gain   seen    hue   gain   seen    hue   gain   seen    hue   gain     harm"
)


def _shown(told: Told) -> str:
    return f"{told.seen:4.0%}{' ' if told.is_counted else '-'} {told.hue:5.2f} {told.gain_db:+6.2f}"


def agreement(made: Iterable[Floats], film: Film) -> Agreement:
    """Over all frames."""
    first, *others = (Agreement.of(ab, true_ab(frame)) for ab, frame in zip(made, film.rgb, strict=True))
    return sum(others, start=first)


def judge(
    pair: Pair, known: Mapping[str, Film], tool: RememberingTool, frames: int, *, is_always: bool
) -> Row:
    """`known` holds the films that the pair names."""
    whole = known[pair.film]
    film = Film(whole.name, whole.rgb[:frames], whole.luma[:frames])
    automatic = Told(agreement(tool.colors(film), film))

    def told(name: str) -> Told:
        other = known[name]
        picture: Remembered = tool.scene(other, len(other.rgb) // 2)
        seen = tool.explained(film, picture)
        if not (is_always or tool.counts(film, picture)):
            return Told(automatic.agreement, seen)
        return Told(agreement(tool.colors(film, [picture]), film), seen, is_counted=True)

    return Row(pair, automatic, told(pair.like), tuple(told(name) for name in pair.unlike))


def summary(rows: Sequence[Row]) -> str:
    """Every film counts alike."""
    hues = [row.like.hue - row.automatic.hue for row in rows]
    gains = [row.like.gain_db - row.automatic.gain_db for row in rows]
    harms = [harm for row in rows for harm in row.harms_db]
    better, harmed = (sum(one > 0 for one in hues), sum(one > _HARM_DB for one in harms))
    return (
        f"mean of {len(rows)}: a picture like it, hue agreement {np.mean(hues):+.3f} ({better} better), gain"
        f" {np.mean(gains):+.2f} dB; unlike it, harm {np.mean(harms):+.2f} dB, most {max(harms):+.2f},"
        f" {harmed} of {len(harms)} above {_HARM_DB}"
    )


def _known(folders: Sequence[Path], pairs: Sequence[Pair]) -> dict[str, Film]:
    names = sorted({name for pair in pairs for name in (pair.film, pair.like, *pair.unlike)})
    return {film.name: film for folder in folders for film in films(folder, names, _MOST_FRAMES)}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--only", nargs="*", default=[], help="names of films that are coloured")
    parser.add_argument("--frames", type=int, default=33, help="of each film, from its first")
    parser.add_argument("--always", action="store_true", help="no picture is left out")
    add_model(parser)
    chosen = parser.parse_args()
    pairs = [pair for pair in PAIRS if not chosen.only or pair.film in chosen.only]
    known = _known(chosen.folders, pairs)
    tool = RememberingTool(chosen_network(chosen))
    print(probe(), end="\n\n")
    print(HEADER)
    rows: list[Row] = []
    for pair in pairs:
        missing = {pair.film, pair.like, *pair.unlike} - known.keys()
        if missing:
            print(f"{pair.film[:22]:22s} not here: {', '.join(sorted(missing))}")
            continue
        rows.append(judge(pair, known, tool, chosen.frames, is_always=chosen.always))
        print(rows[-1], flush=True)
    if not rows:
        raise SystemExit("the folders hold none of the pairs")
    print(summary(rows))


if __name__ == "__main__":
    main()
