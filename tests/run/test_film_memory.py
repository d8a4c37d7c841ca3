"""What is chosen for a shot, and what lies on disk until the film is finished."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from tcvc_cli.model.memory.describer import SIZE
from tcvc_cli.model.memory.entries import Remembered
from tcvc_cli.plan.takes import Take
from tcvc_cli.plan.windows import clips_of
from tcvc_cli.records import FrameRange, Shot
from tcvc_cli.run.film_memory.choose import choose
from tcvc_cli.run.film_memory.key_frames import key_frames
from tcvc_cli.run.film_memory.pictures import content_names, remembered_of
from tcvc_cli.run.options.values import frame_range
from tcvc_cli.run.resume.settled_frames import SettledFrames, read_settled, write_settled


def places(seed: int) -> Tensor:
    return F.normalize(torch.randn(SIZE, 4, 8, generator=torch.Generator().manual_seed(seed)), dim=0)


def picture(*parts: Tensor) -> Remembered:
    seen = torch.cat(parts, 2)
    one = torch.ones(1, *seen.shape[1:])
    return Remembered("scene", seen, 50 * one, torch.zeros(2, *seen.shape[1:]), one)


def test_few_pictures_are_chosen_and_none_that_adds_nothing() -> None:
    left, right, foreign = places(1), places(2), places(3)
    frame = torch.cat([left, right], 2)
    pictures = {
        "foreign": picture(foreign),
        "left": picture(left),
        "left again": picture(left),
        "most": picture(left, right[:, :, :4]),
        "right": picture(right),
    }
    assert choose([frame], pictures, 6) == ("most", "right")
    assert choose([frame], pictures, 1) == ("most",)
    assert choose([frame], {"foreign": picture(foreign)}, 6) == ()
    assert choose([frame], {}, 6) == ()


def test_settled_frames_come_back_as_they_were(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    bits = random.integers(0, 2**16, (2, SIZE, 3, 4)).astype(np.uint16)
    lab = random.normal(size=(2, 3, 3, 4)).astype(np.float32)
    settled = SettledFrames((5, 9), ("a name",), bits, lab)
    file = tmp_path / "settled-0123456789abcdef.npz"
    write_settled(file, settled)
    found = read_settled(file)
    assert found is not None
    assert (found.frames, found.chosen) == ((5, 9), ("a name",))
    assert np.array_equal(found.places, bits)
    assert np.array_equal(found.lab, lab)
    first, second = remembered_of(found)
    assert (first.frame, second.frame) == (5, 9)
    assert np.array_equal(second.places.view(torch.int16).numpy().view(np.uint16), bits[1])
    names = content_names(found)
    assert len(set(names)) == 2
    lab[1, 0, 0, 0] += 1
    assert content_names(SettledFrames((5, 9), (), bits, lab))[0] == names[0]
    assert content_names(SettledFrames((5, 9), (), bits, lab))[1] != names[1]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nothing", b"\x80\x04pickle"])
def test_what_is_no_settled_file_is_made_again(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "settled-0123456789abcdef.npz"
    assert read_settled(file) is None
    file.write_bytes(content)
    assert read_settled(file) is None


def test_arrays_of_another_kind_are_made_again(tmp_path: Path) -> None:
    file = tmp_path / "settled-0123456789abcdef.npz"
    bits, lab = np.zeros((2, SIZE, 3, 4), np.uint16), np.zeros((2, 3, 3, 4), np.float32)
    for wrong in (
        SettledFrames((5,), (), bits, lab),
        SettledFrames((5, 9), (), bits.astype(np.float32), lab),
        SettledFrames((5, 9), (), bits, lab[:1]),
    ):
        write_settled(file, wrong)
        assert read_settled(file) is None


def test_a_long_shot_is_settled_at_both_ends() -> None:
    assert key_frames(Take(Shot(10, 30))) == (10,)
    assert key_frames(Take(Shot(10, 110))) == (10, 109)


def test_given_frames_are_anchors() -> None:
    span, given = Shot(0, 33), frozenset({5, 40})
    clips = clips_of(span, 16, None, given)
    anchors = {clip.first for clip in clips} | {clips[-1].last}
    assert 5 in anchors
    assert {0, 32} <= anchors
    assert 40 not in anchors
    assert max(len(clip) for clip in clips) <= 17
    assert clips_of(span, 16) == clips_of(span, 16, None, frozenset({40}))


def test_frames_from_to() -> None:
    assert frame_range(" 120-480 ") == FrameRange(120, 480)
    assert str(FrameRange(7, 7)) == "7-7"
    for text in ("480-120", "12", "a-b", "-5-7", "1-2-3", "1.5-2"):
        with pytest.raises(ValueError, match="are no frames"):
            frame_range(text)
