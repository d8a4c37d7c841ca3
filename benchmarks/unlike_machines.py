"""How far apart the colours are of shots that unlike machines share.

python -m benchmarks.unlike_machines [--film FILE] [--model NAME] [--model-size PX]

Colours a film with `--preset master` on this machine alone, and as two shards: the first one here, the other
in a process whose libraries are kept to the instructions of another CPU, or that has another number of
threads. Of the frames that the other one made, it compares each sample with that of this machine. What stands
for a CPU without fast bfloat16 computes in float32, as tcvc does there.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import probe
from benchmarks.packets import EXAMPLE
from examples.six_shots import read_result
from tcvc_cli.color.chroma import ab_from_planes
from tcvc_cli.media.planes import Frame
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe as probe_film
from tcvc_cli.model.colorizer import DEFAULT
from tcvc_cli.records import FilmInfo
from tcvc_cli.run.estimating.calibration import ENVIRONMENT

Floats = NDArray[np.float32]
TCVC: Final = ("-m", "tcvc_cli")
_NOT_IN_OPENCV: Final = "AVX512-SKX,AVX512-CLX"  # as it calls them


@dataclass(frozen=True, slots=True)
class Kind:
    """A machine: what keeps the libraries to its instructions, and which program runs there."""

    name: str
    environment: Mapping[str, str]
    program: tuple[str, ...] = TCVC


_WITHOUT: Final = ("-m", "benchmarks.without_bfloat16")
KINDS: Final = (
    Kind("one thread", {"OMP_NUM_THREADS": "1"}),
    Kind("three threads", {"OMP_NUM_THREADS": "3"}),
    Kind("bfloat16, other sums", {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX512_CORE"}),
    Kind("AVX-512, float32", {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE"}, _WITHOUT),
    Kind(
        "AVX2, float32",
        {
            "ATEN_CPU_CAPABILITY": "avx2",
            "ONEDNN_MAX_CPU_ISA": "AVX2",
            "OPENCV_CPU_DISABLE": _NOT_IN_OPENCV,
        },
        _WITHOUT,
    ),
)


@dataclass(frozen=True, slots=True)
class Apart:
    """Mean, 99.9th percentile and largest difference."""

    mean: float
    high: float
    largest: float

    def __str__(self) -> str:
        return f"{self.mean:6.3f} {self.high:6.2f} {self.largest:6.1f}"


@dataclass(frozen=True, slots=True)
class Difference:
    """`codes` of the Cb and Cr planes, `ab` in CIE units; `shift` is how far the mean colour of a frame is
    moved at most, in CIE units. `is_same`: packets, of all streams."""

    frames: int
    codes: Apart
    ab: Apart
    shift: float
    is_same: bool


def apart(differences: NDArray[Any]) -> Apart:
    high = float(np.percentile(differences, 99.9))
    return Apart(float(differences.mean()), high, float(differences.max()))


def compared(one: Path, other: Path, ranges: Sequence[range]) -> Difference:
    """Of films that have the same frames; only those in `ranges` count."""
    films = probe_film(one), probe_film(other)
    codes, distances, shifts = list[NDArray[Any]](), list[Floats](), list[float]()
    for frames in zip(*map(read_frames, films), strict=True):
        if not any(frames[0].number in one for one in ranges):
            continue
        codes.append(np.stack([_codes(frame) for frame in frames]).astype(np.int32))
        moved = np.subtract(*(ab_of(film, frame) for film, frame in zip(films, frames, strict=True)))
        distances.append(np.hypot(moved[..., 0], moved[..., 1]))
        shifts.append(float(np.hypot(*moved.reshape(-1, 2).mean(0))))
    return Difference(
        len(codes),
        apart(np.concatenate([np.abs(a - b).ravel() for a, b in codes])),
        apart(np.concatenate([one.ravel() for one in distances])),
        max(shifts),
        read_result(one) == read_result(other),
    )


def _codes(frame: Frame) -> NDArray[Any]:
    assert frame.cb is not None
    assert frame.cr is not None
    return np.stack([frame.cb, frame.cr])


def ab_of(film: FilmInfo, frame: Frame) -> Floats:
    """CIE a*, b* (h, w, 2) where the chroma samples stand."""
    cb, cr = _codes(frame)
    return ab_from_planes(frame.luma, cb, cr, pixel_format=film.pixel_format, color=film.color)


def run(
    words: Sequence[str | Path], environment: Mapping[str, str], program: Sequence[str] = TCVC
) -> list[dict[str, Any]]:
    """The events of a command of tcvc."""
    command = [sys.executable, *program, *map(str, words), "--json"]
    done = subprocess.run(
        command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, check=True
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def shared_with(kind: Kind, begun: Path, folder: Path, words: Sequence[str]) -> tuple[Path, str, list[range]]:
    """The film that this machine has `begun` and the other one ends, in a folder of its own: the result, what
    the other one computes on, and which frames it made."""
    shutil.copytree(begun, folder)
    film, result = folder / "film.mkv", folder / "color.mkv"
    done = run(
        ["colorize", film, "-o", result, *words, "--shard", "2/2"], kind.environment, program=kind.program
    )
    made = [event for event in done if event["event"] == "ShotStarted"]
    (told,) = (event for event in done if event["event"] == "FilmProbed")
    run(["join", film, "-o", result], {})
    ranges = [range(one["shot"]["start"], one["shot"]["stop"]) for one in made]
    return result, str(told["precision"]), ranges


def measure(source: Path, words: Sequence[str]) -> Iterator[str]:
    """A line for each kind of machine."""
    with tempfile.TemporaryDirectory() as place:
        alone, begun = Path(place, "alone"), Path(place, "begun")
        words = (*words, "--preset", "master", "--device", "cpu")
        for folder in (alone, begun):
            folder.mkdir()
            shutil.copy(source, folder / "film.mkv")
        result = alone / "color.mkv"
        run(["colorize", alone / "film.mkv", "-o", result, *words], {})
        run(["colorize", begun / "film.mkv", "-o", begun / "color.mkv", *words, "--shard", "1/2"], {})
        for number, kind in enumerate(KINDS):
            shared, precision, ranges = shared_with(kind, begun, Path(place, str(number)), words)
            found = compared(result, shared, ranges)
            same = "the same packets" if found.is_same else "other packets"
            yield (
                f"  {kind.name:22s} {precision:9s} {found.frames:4d} {found.codes}   {found.ab}"
                f"  {found.shift:6.2f}   {same}"
            )


def head() -> str:
    columns = f"{'Cb, Cr in codes':^21s} {'ab in CIE units':^21s}"
    return (
        "shots of another machine, beside this one's\n"
        f"  {'':22s} {'':9s} {'':4s}{columns}\n"
        f"  {'':22s} {'computes':9s} {'of':4s}   mean  99.9%    max     mean  99.9%    max   shift"
    )


def main() -> None:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--film", type=Path, default=EXAMPLE)
    parser.add_argument("--model", default=DEFAULT)
    parser.add_argument("--model-size", metavar="PX", help="of what the network sees")
    chosen = parser.parse_args()
    words = ["--model", chosen.model]
    words += ["--model-size", chosen.model_size] if chosen.model_size else []
    os.environ[ENVIRONMENT] = ""  # nothing of this is kept for later runs
    print(probe())
    print(head(), flush=True)
    for line in measure(chosen.film, words):
        print(line, flush=True)


if __name__ == "__main__":
    main()
