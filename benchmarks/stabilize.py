"""How much steadier `tcvc stabilize` makes colours that flicker, and how much of them it keeps.

python -m benchmarks.stabilize [--peer FILE ...] [--folder FOLDER] [--only NAME ...] [--frames N] [--reach N]

Each `--peer` is a film that another tool coloured; it goes through the command as it is. FOLDER holds films
in true colours, and folders of JPEG frames, which are made to flicker: every frame gets a tint (normal, 6 CIE
units), blotches (normal, 10 units, on a grid of 6 x 4) and a factor of chroma (0.7 to 1.2), and in every
eighth a* and b* change places. Flicker is warp error over mean chroma (measure/warp_error), of the decoded
results; colourfulness is that of Hasler and Suesstrunk; ab PSNR is against the true colours. The time is that
of the whole command, on all cores.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.clips import Film, films
from benchmarks.machine import probe
from tcvc_cli.color.lab import lab_from_rgb, rgb_from_lab
from tcvc_cli.measure.report import Look, measure_film
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.stabilize.requests import Stabilization
from tcvc_cli.run.stabilize.stabilize import stabilize

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

_TINT, _BLOTCHES, _GRID = 6.0, 10.0, (6, 4)
_FACTOR = (0.7, 1.2)
_EXCHANGED = 8  # every so many frames
_LUMA = np.array([0.2126, 0.7152, 0.0722])  # BT.709, as RGB is read


@dataclass(frozen=True, slots=True)
class Row:
    """One film before and after; the PSNRs (dB) where the truth is known."""

    name: str
    before: Look
    after: Look
    frames_per_s: float
    psnr_before_db: float | None = None
    psnr_after_db: float | None = None

    def __str__(self) -> str:
        assert self.before.flicker is not None
        assert self.after.flicker is not None
        figures = (
            f"{self.name[:40]:40s} {self.before.flicker:7.4f} {self.after.flicker:7.4f}"
            f" {self.after.flicker / self.before.flicker:6.3f}"
            f" {self.after.colorfulness / self.before.colorfulness:8.3f}"
            f" {self.after.chroma / self.before.chroma:7.3f} {self.frames_per_s:9.1f}"
        )
        if self.psnr_before_db is None or self.psnr_after_db is None:
            return figures
        return f"{figures} {self.psnr_before_db:8.2f} {self.psnr_after_db:6.2f}"


HEADER = (
    f"{'':40s} flicker: before, after, ratio; colourfulness, chroma (ratios); frames/s; ab PSNR before, after"
)


def main() -> None:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--peer", type=Path, nargs="*", default=[], help="films of another tool")
    parser.add_argument("--folder", type=Path, help="films in true colours")
    parser.add_argument("--only", nargs="*", default=[], help="names of films in it")
    parser.add_argument("--frames", type=int, default=40, help="of each of them, from its first")
    parser.add_argument("--reach", type=int, help="frames, as tcvc stabilize takes it")
    chosen = parser.parse_args()
    print(probe())
    print(f"\n{HEADER}")
    with tempfile.TemporaryDirectory(prefix="tcvc-") as folder:
        for peer in chosen.peer:
            print(judge_peer(peer, Path(folder), chosen.reach), flush=True)
        if chosen.folder is not None:
            for film in films(chosen.folder, chosen.only, chosen.frames):
                print(judge_true(film, Path(folder), chosen.reach), flush=True)


def judge_peer(path: Path, folder: Path, reach: int | None) -> Row:
    result, speed = steadied(path, None, folder / "steady.mkv", reach)
    report = measure_film(result, path)
    return Row(path.stem, report.reference, report.result, speed)


def judge_true(film: Film, folder: Path, reach: int | None) -> Row:
    """The film in its true colours, made to flicker; its luma is that of its true colours."""
    true = write_film(folder / "true.mkv", film.rgb)
    gray = write_film(folder / "grey.mkv", map(luma_of, film.rgb))
    shaky = write_film(folder / "coloured.mkv", flickering(film.rgb))
    result, speed = steadied(shaky, gray, folder / "steady.mkv", reach)
    before, after = measure_film(shaky, true), measure_film(result, true)
    return Row(film.name, before.result, after.result, speed, before.ab_psnr_db, after.ab_psnr_db)


def steadied(colors: Path, film: Path | None, output: Path, reach: int | None) -> tuple[Path, float]:
    """The result, without loss, and frames/s."""
    options = Options(film or colors, preset="master", on_existing="overwrite")
    request = Stabilization(options, colors, film, output)
    if reach is not None:
        request = Stabilization(options, colors, film, output, reach)
    started, frames = time.perf_counter(), 0
    for event in stabilize(request):
        frames = max(frames, getattr(event, "frames", 0))
    return output, frames / (time.perf_counter() - started)


def luma_of(rgb: Bytes) -> Bytes:
    """(H, W, 3) -> (H, W)."""
    return np.asarray(np.rint(rgb @ _LUMA), np.uint8)


def flickering(frames: Iterable[Bytes]) -> Iterable[Bytes]:
    """The same pictures for the same frames, whenever it is asked."""
    random = np.random.default_rng(0)
    for number, rgb in enumerate(frames):
        lab = lab_from_rgb(np.divide(rgb, 255, dtype=np.float32))
        blotches = random.normal(0, _BLOTCHES, (_GRID[1], _GRID[0], 2)).astype(np.float32)
        size = rgb.shape[1::-1]
        spoilt = lab[..., 1:] * np.float32(random.uniform(*_FACTOR))
        spoilt = spoilt[..., ::-1] if number % _EXCHANGED == _EXCHANGED - 1 else spoilt
        spoilt = spoilt + random.normal(0, _TINT, 2).astype(np.float32)
        lab[..., 1:] = spoilt + cv2.resize(blotches, size, interpolation=cv2.INTER_CUBIC)
        yield np.asarray(np.rint(rgb_from_lab(lab, clip=True) * 255), np.uint8)


def write_film(path: Path, frames: Iterable[Bytes]) -> Path:
    """Without loss, (H, W) grey or (H, W, 3) RGB."""
    with av.open(str(path), "w") as container:
        stream: av.VideoStream | None = None
        for number, picture in enumerate(frames):
            is_gray = picture.ndim == 2
            if stream is None:
                stream = container.add_stream("ffv1", rate=24)
                stream.height, stream.width = picture.shape[:2]
                stream.pix_fmt = "gray" if is_gray else "bgr0"
            frame = av.VideoFrame.from_ndarray(picture, format="gray" if is_gray else "rgb24")
            frame = frame if is_gray else frame.reformat(format="bgr0")
            frame.pts, frame.time_base = number, Fraction(1, 24)
            container.mux(stream.encode(frame))
        if stream is not None:
            container.mux(stream.encode(None))
    return path


if __name__ == "__main__":
    main()
