"""What is seen in clips, and how it is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from skimage.color import rgb2lab
from torch import Tensor
from torch.nn import functional as F

from tcvc_cli.errors import UnreadableInput, UsageError
from tcvc_cli.model.memory.describer import OUTLINES, THINGS, Seen
from tcvc_cli.model.memory.observer import LookingNetwork
from tcvc_cli.model.precision import Precision
from tcvc_cli.train.descriptors.clips import Eyes, SeenClip, find_clips, look_at_clips, seen_clips
from tcvc_cli.train.material.films import color_frames
from tests.material.media_sources import Source, make
from tests.material.seen_material import seen_clip, seen_frame

RED, BLUE = (200, 40, 40), (40, 60, 200)


def lab_of(rgb: tuple[int, ...]) -> NDArray[np.float64]:
    lab: NDArray[np.float64] = rgb2lab(np.array(rgb) / 255)
    return lab


@dataclass(frozen=True)
class Looked:
    seen: Seen


@dataclass
class LightnessEyes:
    """They see how light a place is, and nothing else."""

    shown: list[Tensor] = field(default_factory=list)

    def look_at(self, lightness: Tensor) -> Looked:
        self.shown.append(lightness)
        small = F.avg_pool2d(lightness, 8)
        return Looked(Seen(small.expand(-1, OUTLINES, -1, -1), torch.ones(1, THINGS, 2, 3)))


def eyes_of(network: LightnessEyes, weights: str = "these") -> Eyes:
    return Eyes(cast(LookingNetwork, network), Precision(torch.device("cpu"), torch.float32), weights)


def first_three(pictures: Iterator[NDArray[np.uint8]]) -> Sequence[NDArray[np.uint8]]:
    return list(islice(pictures, 3))


def look(clips: dict[str, Path], folder: Path, eyes: Eyes) -> list[str]:
    return list(look_at_clips(clips, folder, eyes, first_three))


@pytest.mark.parametrize(
    ("size", "grid"), [((480, 854), (24, 43)), ((418, 240), (42, 24)), ((144, 176), (24, 29))]
)
def test_colours_lie_where_the_eyes_saw_their_grey(size: tuple[int, int], grid: tuple[int, int]) -> None:
    picture = np.zeros((*size, 3), np.uint8)
    picture[:, : size[1] // 2] = RED
    picture[:, size[1] // 2 :] = BLUE
    network = LightnessEyes()
    frame = eyes_of(network).look_at(picture)
    (shown,) = network.shown
    assert shown.shape == (1, 1, 8 * grid[0], 8 * grid[1])
    assert frame.ab.shape == (2, *grid)
    assert frame.seen.outlines.shape[2:] == grid
    assert frame.ab.dtype == torch.float32
    left, right = frame.ab[:, :, 2], frame.ab[:, :, -3]
    for at, rgb, column in ((left, RED, 16), (right, BLUE, -17)):
        assert at.mean(1).tolist() == pytest.approx(lab_of(rgb)[1:].tolist(), abs=0.1)
        grey = round(float(np.dot(rgb, (0.299, 0.587, 0.114))))
        assert float(shown[0, 0, :, column].mean()) == pytest.approx(lab_of((grey,) * 3)[0], abs=0.1)


def test_a_clip_is_kept_as_it_was_seen(tmp_path: Path) -> None:
    clip = seen_clip(tmp_path / "one.safetensors", 3, frames=4)
    places = torch.Generator().manual_seed(1003)
    assert (clip.name, clip.frames, clip.eyes) == ("one", 4, "these")
    for number in range(4):
        made, read = seen_frame(torch.Generator().manual_seed(3), places), clip.frame(number)
        assert read.seen.things is not None
        assert made.seen.things is not None
        torch.testing.assert_close(read.seen.outlines, made.seen.outlines, rtol=1e-2, atol=1e-2)
        torch.testing.assert_close(read.seen.things, made.seen.things, rtol=1e-2, atol=1e-2)
        torch.testing.assert_close(read.ab, made.ab, rtol=1e-3, atol=1e-2)
        assert torch.equal(clip.ab()[number], read.ab)


def tensors(**changes: tuple[int, ...]) -> dict[str, Tensor]:
    shapes = {"outlines": (2, OUTLINES, 3, 4), "things": (2, THINGS, 1, 2), "ab": (2, 2, 3, 4)} | changes
    return {name: torch.zeros(shape) for name, shape in shapes.items()}


@pytest.mark.parametrize(
    "held",
    [
        tensors(outlines=(2, 255, 3, 4)),
        tensors(things=(2, THINGS, 2)),
        tensors(ab=(2, 2, 4, 4)),
        tensors(ab=(3, 2, 3, 4)),
        tensors(other=(1,)),
        {"ab": torch.zeros(2, 2, 3, 4)},
        None,
    ],
)
def test_a_file_that_is_something_else_is_refused(tmp_path: Path, held: dict[str, Tensor] | None) -> None:
    file = tmp_path / "one.safetensors"
    save_file(tensors(), file)
    assert SeenClip.read(file).frames == 2
    if held is None:
        file.write_bytes(file.read_bytes()[:-100])
    else:
        save_file(held, file)
    with pytest.raises(UnreadableInput, match=r"one\.safetensors does not hold"):
        SeenClip.read(file)


def test_what_is_no_film_in_colour_is_left_out(tmp_path: Path) -> None:
    films = tmp_path / "films"
    films.mkdir()
    make(films / "colour.mkv", Source(frames=5))
    make(films / "grey.mkv", Source(frames=5, codec="ffv1", pixel_format="gray"))
    make(films / "still.mkv", Source(frames=1))
    (films / "notes.md").write_text("no film")
    (films / ".hidden").write_text("nothing")
    (films / "frames").mkdir()
    for number in range(2):
        cv2.imwrite(str(films / "frames" / f"{number}.jpg"), np.full((40, 60, 3), 90 + number, np.uint8))
    found = find_clips([films])
    assert list(found) == ["colour", "frames", "grey", "notes", "still"]
    lines = look(found, tmp_path / "seen", eyes_of(LightnessEyes()))
    assert lines[0] == "colour: 3 frames"
    assert lines[1] == "frames: 2 frames"
    assert ["left out" in line for line in lines] == [False, False, True, True, True]
    assert [clip.name for clip in seen_clips(found, tmp_path / "seen")] == ["colour", "frames"]


def test_frames_of_two_sizes_are_left_out(tmp_path: Path) -> None:
    for number, width in enumerate((60, 90)):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((40, width, 3), 90, np.uint8))
    lines = look({"clip": tmp_path}, tmp_path / "seen", eyes_of(LightnessEyes()))
    assert lines == ["clip: left out, not two frames in colour of one size"]


def test_a_clip_is_looked_at_once_by_the_same_eyes(tmp_path: Path) -> None:
    clips = {"one": make(tmp_path / "one.mkv", Source(frames=5))}
    network = LightnessEyes()
    assert look(clips, tmp_path / "seen", eyes_of(network)) == ["one: 3 frames"]
    assert look(clips, tmp_path / "seen", eyes_of(network)) == []
    assert len(network.shown) == 3
    assert look(clips, tmp_path / "seen", eyes_of(network, "others")) == ["one: 3 frames"]
    assert seen_clips(clips, tmp_path / "seen")[0].eyes == "others"


def test_names_say_which_clips_there_are(tmp_path: Path) -> None:
    for name in ("a/one.mkv", "a/two.mkv", "b/three.mkv", "b/one.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert list(find_clips([tmp_path / "a"], without=["two"])) == ["one"]
    with pytest.raises(UsageError, match="two clips are called one"):
        find_clips([tmp_path / "a", tmp_path / "b"])


def test_frames_of_a_film_have_its_colours(tmp_path: Path) -> None:
    film = make(tmp_path / "one.mkv", Source(frames=3, codec="ffv1", pixel_format="yuv444p"))
    frames = list(color_frames(film))
    assert [frame.shape for frame in frames] == [(48, 64, 3)] * 3
    assert frames[0].dtype == np.uint8
    assert np.abs(frames[0].astype(int) - frames[2]).mean() > 1
    assert np.ptp(frames[0].astype(int), 2).mean() > 10
