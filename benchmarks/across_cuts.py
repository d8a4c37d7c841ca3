"""Whether the same things have the same colours after a cut.

python -m benchmarks.across_cuts FOLDER [--pairs 8] [--part 16] [--gap 8] [--model NAME] [--only NAME ...]

Of two clips of FOLDER (colour films and folders of JPEG frames) a film is made that goes A B A' B': A is the
first `part` frames of one, A' those that come `gap` frames after them, B and B' are of the other. It is
coloured by `tcvc colorize` three times. With the true colours of its first frame as a reference: ab PSNR
(peak 255) of the other frames of A, and of A'. Without any, remembering and with each shot alone: the colour
distance of the same things in the two shots of a clip, the mean length of the difference of ab, in CIE units,
where the last frame of the one can be laid over the first of the other; and the quotient of both. The truth's
own distance stands beside them.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import torch

from benchmarks.clips import Film, films, shots_of, true_ab
from benchmarks.coloring import Bytes, Floats, grey_luma
from benchmarks.machine import probe
from benchmarks.spread import psnr_db
from tcvc_cli.color.chroma import rgb_from_planes
from tcvc_cli.color.lab import lab_from_rgb
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe as probe_film
from tcvc_cli.model.colorizer import DEFAULT
from tcvc_cli.model.flow import DisFlow
from tcvc_cli.model.memory.alignment import align
from tcvc_cli.model.warp import warp
from tcvc_cli.records import Shot
from tcvc_cli.run.events import Warned
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.options.film import Options

RATE = 24
_TRUSTED = 0.5
_LEAST_SHARE = 0.05  # of the frame: below this the two shots do not show the same things


@dataclass(frozen=True, slots=True)
class CutFilm:
    """A B A' B', each `part_frames` long."""

    film: Film
    part_frames: int

    def part(self, number: int) -> Shot:
        """0 is A, 1 B, 2 A', 3 B'."""
        return Shot(number * self.part_frames, (number + 1) * self.part_frames)

    @property
    def meetings(self) -> tuple[tuple[int, int], ...]:
        """The last frame of each part and the first of its clip's other one."""
        return tuple((self.part(one).stop - 1, self.part(one + 2).start) for one in (0, 1))


@dataclass(frozen=True, slots=True)
class Gap:
    """Of two frames, mean differences of ab in CIE units over the `share` of the frame that both show."""

    clip: str
    share: float
    truth: float
    alone: float
    remembering: float

    @property
    def quotient(self) -> float:
        return self.remembering / self.alone

    def __str__(self) -> str:
        return (
            f"  {self.clip[:34]:36s} {self.share:6.0%} {self.truth:7.2f} {self.alone:7.2f}"
            f" {self.remembering:12.2f} {self.quotient:9.2f}"
        )


@dataclass(frozen=True, slots=True)
class Referenced:
    """ab PSNR in dB of the shot with the reference, after its first frame, and of the one after the cut."""

    film: str
    before_db: float
    after_db: float

    def __str__(self) -> str:
        lost = self.before_db - self.after_db
        return f"  {'with a reference':36s} A {self.before_db:6.2f} A' {self.after_db:6.2f} lost {lost:+6.2f}"


_LEAST_CHROMA = 3.0  # CIE units: a paler picture is refused as a reference


def pairs(
    root: Path, names: Sequence[str], part_frames: int, gap_frames: int, most: int
) -> Iterator[CutFilm]:
    """Of neighbours in the folder that are long enough, in colour, without a cut; each is in one pair."""
    needed = 2 * part_frames + gap_frames
    first: Film | None = None
    for film in films(root, names, needed):
        is_pale = float(np.hypot(*np.moveaxis(true_ab(film.rgb[0]), -1, 0)).mean()) < _LEAST_CHROMA
        if len(film.luma) < needed or is_pale or len(shots_of(film.luma)) > 1:
            continue
        if first is None:
            first = film
            continue
        if most == 0:
            return
        yield _cut(first, film, part_frames, gap_frames)
        first, most = None, most - 1


def _cut(one: Film, other: Film, part_frames: int, gap_frames: int) -> CutFilm:
    size = one.luma[0].shape
    later = part_frames + gap_frames
    rgb = [
        _filling(frame, size)
        for start in (0, later)
        for film in (one, other)
        for frame in film.rgb[start : start + part_frames]
    ]
    made = Film(f"{one.name} + {other.name}", rgb, [grey_luma(frame) for frame in rgb])
    return CutFilm(made, part_frames)


def _filling(frame: Bytes, size: tuple[int, ...]) -> Bytes:
    """Scaled until it fills `size` (H, W), and what is left over cut away on both sides."""
    scale = max(size[0] / frame.shape[0], size[1] / frame.shape[1])
    h, w = (max(side, round(old * scale)) for side, old in zip(size, frame.shape[:2], strict=True))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    large = np.asarray(cv2.resize(frame, (w, h), interpolation=how), np.uint8)
    top, left = (h - size[0]) // 2, (w - size[1]) // 2
    return np.ascontiguousarray(large[top : top + size[0], left : left + size[1]])


def write_grey(path: Path, luma: Sequence[Bytes]) -> None:
    """FFV1, grey, full range."""
    with av.open(str(path), "w") as file:
        video = file.add_stream("ffv1", rate=RATE)
        video.height, video.width = luma[0].shape
        video.pix_fmt = "gray"
        for frame in luma:
            file.mux(video.encode(av.VideoFrame.from_ndarray(frame, format="gray")))
        file.mux(video.encode(None))


def colored(options: Options) -> list[Floats]:
    """ab (H, W, 2) of every frame of the result, CIE units."""
    for event in colorize(options):
        if isinstance(event, Warned):
            print(f"  ({event.message})")
    assert options.output is not None
    result = probe_film(options.output)
    colors = []
    for frame in read_frames(result):
        assert frame.cb is not None
        assert frame.cr is not None
        rgb = rgb_from_planes(
            frame.luma, frame.cb, frame.cr, pixel_format=result.pixel_format, color=result.color
        )
        colors.append(lab_from_rgb(rgb)[..., 1:])
    return colors


def _options(cut: CutFilm, folder: Path, model: str) -> Options:
    """Of the film, written into the folder with its list of shots."""
    write_grey(folder / "film.mkv", cut.film.luma)
    edges = range(0, len(cut.film.luma) + 1, cut.part_frames)
    rows = [f"{start},{stop}" for start, stop in pairwise(edges)]
    shots = folder / "shots.csv"
    shots.write_text("\n".join(["start_frame,stop_frame", *rows]) + "\n")
    return Options(
        input=folder / "film.mkv",
        output=folder / "film.color.mkv",
        preset="master",
        chroma="444",
        on_existing="overwrite",
        model=model,
        shots_file=shots,
    )


def with_reference(cut: CutFilm, options: Options) -> Referenced:
    """The true colours of the first frame given."""
    picture = options.input.with_name("ref_000000.png")
    cv2.imwrite(str(picture), cut.film.rgb[0][..., ::-1])
    made = colored(replace(options, references=(picture,)))
    errors = [psnr_db(ab, true_ab(rgb)) for ab, rgb in zip(made, cut.film.rgb, strict=True)]
    before, after = cut.part(0), cut.part(2)
    return Referenced(
        cut.film.name,
        float(np.mean(errors[before.start + 1 : before.stop])),
        float(np.mean(errors[after.start : after.stop])),
    )


def without_reference(cut: CutFilm, options: Options) -> Iterator[Gap]:
    """For each of the two clips, where both shots show the same things."""
    alone = colored(replace(options, is_shot_alone=True))
    remembering = colored(options)
    truth = [true_ab(frame) for frame in cut.film.rgb]
    for name, (last, first) in zip(cut.film.name.split(" + "), cut.meetings, strict=True):
        flow, is_same = _laid_over(cut.film.lightness(last), cut.film.lightness(first))
        if is_same.float().mean() < _LEAST_SHARE:
            print(f"  {name[:34]:36s} its shots do not show the same things")
            continue
        distances = [_distance(ab[last], ab[first], flow, is_same) for ab in (truth, alone, remembering)]
        yield Gap(name, float(is_same.float().mean()), *distances)


def _laid_over(frame: Floats, picture: Floats) -> tuple[torch.Tensor, torch.Tensor]:
    """Two (H, W) L* -> (1, 2, H, W) px from the frame to the picture, and where it is trusted (H, W)."""
    planes = [torch.from_numpy(np.ascontiguousarray(one))[None, None] for one in (frame, picture)]
    start = torch.zeros(1, 2, *frame.shape)
    found = align(planes[0], planes[1], start, DisFlow())
    return found.flow, found.trust[0, 0] > _TRUSTED


def _distance(ab: Floats, other: Floats, flow: torch.Tensor, is_same: torch.Tensor) -> float:
    """Two (H, W, 2)."""
    planes = [torch.from_numpy(np.ascontiguousarray(one)).permute(2, 0, 1)[None] for one in (ab, other)]
    length = (planes[0] - warp(planes[1], flow)).square().sum(1).sqrt()[0]
    return float(length[is_same].mean())


def summary(referenced: Sequence[Referenced], gaps: Sequence[Gap]) -> str:
    """Every film and every clip counts alike."""
    before, after = (
        float(np.mean([getattr(one, name) for one in referenced])) for name in ("before_db", "after_db")
    )
    lost = f"lost {before - after:+.2f} dB"
    text = f"mean of {len(referenced)} films: A {before:.2f} dB, A' {after:.2f} dB, {lost}"
    if not gaps:
        return text
    truth, alone, remembering = (
        float(np.mean([getattr(one, name) for one in gaps])) for name in ("truth", "alone", "remembering")
    )
    return (
        f"{text}\nmean of {len(gaps)} clips: distance {truth:.2f} in truth, {alone:.2f} each shot alone,"
        f" {remembering:.2f} remembering; quotient {remembering / alone:.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="*", default=[], help="names of films")
    parser.add_argument("--pairs", type=int, default=8, help="at most so many films are made")
    parser.add_argument("--part", type=int, default=16, help="frames of each shot")
    parser.add_argument("--gap", type=int, default=8, help="frames left out between two shots of a clip")
    parser.add_argument("--model", default=DEFAULT)
    chosen = parser.parse_args()
    print(probe(), end="\n\n")
    print(f"{'':38s}  shared   truth   alone  remembering  quotient")
    referenced, gaps = list[Referenced](), list[Gap]()
    for cut in pairs(chosen.folder, chosen.only, chosen.part, chosen.gap, chosen.pairs):
        print(cut.film.name)
        with tempfile.TemporaryDirectory() as place:
            options = _options(cut, Path(place), chosen.model)
            referenced.append(with_reference(cut, options))
            print(referenced[-1], flush=True)
            for gap in without_reference(cut, options):
                gaps.append(gap)
                print(gap, flush=True)
    if not referenced:
        raise SystemExit(f"no two films in {chosen.folder} are long enough and without a cut")
    print(summary(referenced, gaps))


if __name__ == "__main__":
    main()
