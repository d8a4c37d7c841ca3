"""How far lossy results are off their films where nobody has changed anything: what `verify` must let pass.

python -m benchmarks.closeness [--seconds 3] [--films FILE ...]

Films that are hard to code (dark, fading, under noise, drawn, fractals), and those that are named, are coded
with each lossy preset, with colours that are the same all over. A row for each preset and film: the least
PSNR of a frame, of the frames that keep the floor the largest mean difference over squares and over a frame,
and the mean difference of the whole film, in levels of 8 bit. The last row has the largest of each.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import probe as probe_machine
from tcvc_cli.measure.fidelity import mean_square, psnr_of
from tcvc_cli.measure.proof.checks import FLOOR_DB
from tcvc_cli.measure.proof.picture.places import MOST_OFF, largest_off
from tcvc_cli.media.carry.remux import remux
from tcvc_cli.media.planes import Plane
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.write.encode import SegmentWriter, luma_for_output, output_format

EXAMPLE = Path(__file__).parents[1] / "examples" / "film.mkv"
SOURCES = {
    "the example": ("-i", str(EXAMPLE)),
    "dark": ("-i", str(EXAMPLE), "-vf", "lutyuv=y=16+(val-16)*0.2"),
    "below black": ("-i", str(EXAMPLE), "-vf", "lutyuv=y=max(val-60\\,0)"),
    "fading": ("-i", str(EXAMPLE), "-vf", "fade=in:0:40"),
    "noise 25": ("-i", str(EXAMPLE), "-vf", "noise=alls=25:allf=t"),
    "noise 60": ("-i", str(EXAMPLE), "-vf", "noise=alls=60:allf=t"),
    "testsrc2": ("-f", "lavfi", "-i", "testsrc2=s=640x480:r=25"),
    "mandelbrot": ("-f", "lavfi", "-i", "mandelbrot=s=640x480:r=25"),
    "life": ("-f", "lavfi", "-i", "life=s=320x240:r=25:ratio=0.3:seed=1,scale=640:480:flags=neighbor"),
}
PRESETS = ("access", "prores", "dnxhr")


def made(path: Path, source: Sequence[str], seconds: float) -> Path:
    command = ["ffmpeg", "-v", "error", *source, "-t", str(seconds), "-an", "-pix_fmt", "gray"]
    subprocess.run([*command, "-c:v", "ffv1", str(path)], check=True)
    return path


def recoded(film: Path, preset: str, result: Path) -> Path:
    info = probe(film)
    target = output_format(info, preset)
    segment = result.with_suffix(".part.mov")
    with SegmentWriter(segment, info, preset) as writer:
        for frame in read_frames(info):
            luma = luma_for_output(frame.luma, info.pixel_format, target)
            size = target.chroma_shape(*luma.shape)
            chroma = [np.full(size, level << (target.bit_depth - 8), luma.dtype) for level in (118, 138)]
            writer.write(replace(frame, luma=luma, cb=chroma[0], cr=chroma[1]))
    remux(info, [segment], result, extra_tags={})
    return result


def pairs(film: Path, result: Path) -> Iterator[tuple[Plane, Plane, int]]:
    """What each frame was to be, what it is, and of how many bits."""
    one, other = probe(film), probe(result)
    for before, after in zip(read_frames(one), read_frames(other), strict=True):
        expected = luma_for_output(before.luma, one.pixel_format, other.pixel_format)
        yield expected, after.luma, other.pixel_format.bit_depth


def measured(film: Path, result: Path) -> NDArray[np.float64]:
    """Least PSNR; the largest mean difference over each square, and over a frame; that of the film."""
    rows, means = [], []
    for expected, plane, depth in pairs(film, result):
        psnr = psnr_of(mean_square(expected, plane), peak=(1 << depth) - 1)
        off = largest_off(expected, plane, depth)
        means.append(off[-1])
        if psnr >= FLOOR_DB:
            rows.append([psnr, *map(abs, off)])
    if not rows:
        return np.full(len(MOST_OFF) + 3, np.nan)
    found = np.array(rows)
    return np.array([found[:, 0].min(), *found[:, 1:].max(0), abs(np.mean(means))])


def written(numbers: NDArray[np.float64]) -> str:
    return " ".join(f"{one:5.2f}" for one in numbers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--films", type=Path, nargs="*", default=[])
    given = parser.parse_args()
    print(probe_machine())
    sources = SOURCES | {path.stem: ("-i", str(path)) for path in given.films}
    squares = " ".join(f"{px:>3}px" for px, _ in MOST_OFF)
    print(f"{'preset':8} {'film':28} {'dB':>6} {squares} frame  film")
    every: list[NDArray[np.float64]] = []
    with tempfile.TemporaryDirectory() as place:
        for name, source in sources.items():
            film = made(Path(place) / "film.mkv", ("-y", *source), given.seconds)
            for preset in PRESETS:
                suffix = "mkv" if preset == "access" else "mov"
                found = measured(film, recoded(film, preset, Path(place) / f"{len(every)}.{suffix}"))
                every.append(found)
                print(f"{preset:8} {name[:28]:28} {found[0]:6.1f} {written(found[1:])}")
    most = np.nanmax(np.array(every), 0)
    print(f"{'the largest':37} {'':6} {written(most[1:])}")


if __name__ == "__main__":
    main()
