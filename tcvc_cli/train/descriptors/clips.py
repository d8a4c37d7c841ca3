"""What frozen eyes see in some frames of each clip, computed once and kept on disk.

A clip is one file, NAME.safetensors, complete or not there:

    outlines  (T, OUTLINES, h, w) bfloat16      as `Seen` has them
    things    (T, THINGS, rows, columns) bfloat16
    ab        (T, 2, h, w) float16              the true colours, CIE units

and beside them the hash of the weights that the eyes have: what others have seen is looked at again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import cv2
import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from tcvc_cli.color.lab import lab_from_rgb
from tcvc_cli.color.lightness import small_lightness
from tcvc_cli.errors import InputError, UnreadableInput, UsageError
from tcvc_cli.files import always, draft_of, make_folder
from tcvc_cli.model.memory.describer import OUTLINES, STRIDE_PX, THINGS, Seen
from tcvc_cli.model.memory.observer import LookingNetwork
from tcvc_cli.model.precision import Precision
from tcvc_cli.model.runtime import load_network, precision_on
from tcvc_cli.model.weights.store import sha256
from tcvc_cli.train.material.films import color_frames
from tcvc_cli.train.material.photographs import Picture

SHORT_SIDE_PX: Final = 192  # as the eyes are shown films
LEAST_FRAMES: Final = 2  # of which one is found in the other
_EYES: Final = "tcvc-dino"
_DEPTHS: Final = {"outlines": OUTLINES, "things": THINGS, "ab": 2}

Picks = Callable[[Iterator[Picture]], Sequence[Picture]]  # which frames of a clip are looked at


@dataclass(frozen=True, slots=True)
class SeenFrame:
    """`seen`, and the true `ab` (2, h, w) float32 on the grid of its outlines, CIE units."""

    seen: Seen
    ab: Tensor

    def to(self, device: torch.device) -> SeenFrame:
        things = None if self.seen.things is None else self.seen.things.to(device)
        return SeenFrame(Seen(self.seen.outlines.to(device), things), self.ab.to(device))


@dataclass(frozen=True, slots=True)
class SeenClip:
    """Those frames of a clip that were looked at; each is read from `file` when it is asked for."""

    name: str
    file: Path
    frames: int
    eyes: str

    @classmethod
    def read(cls, file: Path) -> SeenClip:
        """Raises UnreadableInput where it is not what `write` leaves."""
        try:
            with safe_open(file, "pt") as held:
                shapes = {name: tuple(held.get_slice(name).get_shape()) for name in held.keys()}  # noqa: SIM118
                eyes = (held.metadata() or {}).get("eyes", "")
        except (OSError, SafetensorError) as error:
            raise _refused(file) from error
        if not _fit(shapes):
            raise _refused(file)
        return cls(file.stem, file, shapes["ab"][0], eyes)

    def frame(self, number: int) -> SeenFrame:
        """The `number`th of those looked at; float32."""
        with safe_open(self.file, "pt") as held:
            outlines, things, ab = (held.get_slice(name)[number].float() for name in _DEPTHS)
        return SeenFrame(Seen(outlines[None], things[None]), ab)

    def ab(self) -> Tensor:
        """(T, 2, h, w) float32 of all frames."""
        with safe_open(self.file, "pt") as held:
            ab: Tensor = held.get_tensor("ab")
        return ab.float()


def _fit(shapes: Mapping[str, tuple[int, ...]]) -> bool:
    if shapes.keys() != _DEPTHS.keys() or any(len(shape) != 4 or 0 in shape for shape in shapes.values()):
        return False
    are_deep = all(shapes[name][1] == depth for name, depth in _DEPTHS.items())
    is_one_grid = shapes["outlines"][2:] == shapes["ab"][2:]
    return are_deep and is_one_grid and len({shape[0] for shape in shapes.values()}) == 1


def _refused(file: Path) -> UnreadableInput:
    return UnreadableInput(
        f"{file} does not hold what was seen in a clip", "Remove it, and run the same command again."
    )


def write(file: Path, frames: Sequence[SeenFrame], eyes: str) -> None:
    """The frames of one clip, at least one, all of one size. `eyes` says whose they are."""
    things = [frame.seen.things for frame in frames]
    tensors = {
        "outlines": torch.cat([frame.seen.outlines for frame in frames]).bfloat16(),
        "things": torch.cat([one for one in things if one is not None]).bfloat16(),
        "ab": torch.stack([frame.ab for frame in frames]).half(),
    }
    with draft_of(file, may_replace=always) as draft:
        save_file({name: one.cpu().contiguous() for name, one in tensors.items()}, draft, {"eyes": eyes})


class Eyes:
    """A network that looks at frames; it is never trained here."""

    def __init__(self, network: LookingNetwork, precision: Precision, weights: str) -> None:
        """`weights` says which it has."""
        self._network, self._precision, self.weights = network, precision, weights

    @classmethod
    def shipped(cls, device: torch.device) -> Eyes:
        network = cast(LookingNetwork, load_network(_EYES, device))
        return cls(network, precision_on(device), sha256(_EYES))

    @torch.inference_mode()
    def look_at(self, picture: Picture) -> SeenFrame:
        """The grey of (H, W, 3) uint8 RGB, and the colours that it has lost."""
        width_px, height_px = _size(picture)
        grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
        lightness = small_lightness(
            grey, bit_depth=8, full_range=True, width_px=width_px, height_px=height_px
        )
        with self._precision.autocast():
            looked = self._network.look_at(torch.from_numpy(lightness)[None, None].to(self._precision.device))
        return SeenFrame(looked.seen, _small_ab(picture, width_px // STRIDE_PX, height_px // STRIDE_PX))


def _size(picture: Picture) -> tuple[int, int]:
    """Width and height at which it is shown: SHORT_SIDE_PX, and multiples of STRIDE_PX."""
    h, w = picture.shape[:2]
    scale = SHORT_SIDE_PX / min(h, w) / STRIDE_PX
    return round(w * scale) * STRIDE_PX, round(h * scale) * STRIDE_PX


def _small_ab(picture: Picture, width: int, height: int) -> Tensor:
    """(2, height, width) float32: the mean colour of each cell."""
    ab = lab_from_rgb(np.divide(picture, 255, dtype=np.float32))[..., 1:]
    shrinks = width <= ab.shape[1] and height <= ab.shape[0]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    small = cv2.resize(np.ascontiguousarray(ab), (width, height), interpolation=how)
    return torch.from_numpy(np.asarray(small, np.float32).transpose(2, 0, 1).copy())


def find_clips(roots: Iterable[Path], without: Iterable[str] = ()) -> dict[str, Path]:
    """Whatever may be a film, or a folder of its frames, by its name and in the order of names; none that
    is called as one of `without`. UsageError where two have one name."""
    found: dict[str, Path] = {}
    for path in (path for root in roots for path in root.iterdir() if not path.name.startswith(".")):
        if path.stem in found:
            raise UsageError(f"two clips are called {path.stem}", "Give one of them another name.")
        found[path.stem] = path
    return {name: found[name] for name in sorted(found.keys() - set(without))}


def look_at_clips(clips: Mapping[str, Path], folder: Path, eyes: Eyes, picks: Picks) -> Iterator[str]:
    """Leaves a file in `folder` for each clip that has none by these eyes; yields a line for each of these.

    What is no film in colour, or is shorter than two frames that are picked, gets none.
    """
    make_folder(folder)
    for name, path in clips.items():
        file = _file(folder, name)
        if _is_seen(file, eyes.weights):
            continue
        file.unlink(missing_ok=True)
        try:
            frames = [eyes.look_at(picture) for picture in picks(color_frames(path))]
        except InputError as error:
            yield f"{name}: left out, {error}"
            continue
        if len(frames) < LEAST_FRAMES or len({frame.ab.shape for frame in frames}) > 1:
            yield f"{name}: left out, not two frames in colour of one size"
            continue
        write(file, frames, eyes.weights)
        yield f"{name}: {len(frames)} frames"


def seen_clips(clips: Iterable[str], folder: Path) -> list[SeenClip]:
    """Those of the clips that `look_at_clips` has left a file of. Raises UnreadableInput."""
    return [SeenClip.read(file) for name in clips if (file := _file(folder, name)).exists()]


def _is_seen(file: Path, eyes: str) -> bool:
    return file.exists() and SeenClip.read(file).eyes == eyes


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.safetensors"
