"""The walk for a subject is told as it goes; single frames are the right ones however they are read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tcvc_cli.errors import InputError
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.review.finding import find_subject
from tcvc_cli.review.frames import frames_of
from tcvc_cli.review.subject import Subject
from tcvc_cli.run.events import Event, FramesDone, StageStarted
from tests.material.media_sources import Source, make


def found(film: Path) -> tuple[list[Event], Subject]:
    events, walk = [], find_subject(film)
    while True:
        try:
            events.append(next(walk))
        except StopIteration as end:
            subject: Subject = end.value
            return events, subject


def test_the_walk_is_told(tmp_path: Path) -> None:
    events, subject = found(make(tmp_path / "film.mkv", Source(frames=40)))
    assert events[0] == StageStarted("shots", 40)
    assert events[1:] == [FramesDone("shots", 16), FramesDone("shots", 32), FramesDone("shots", 40)]
    assert subject.shots[-1].stop == 40


def test_nothing_is_told_of_what_is_known(colored: Path) -> None:
    events, subject = found(colored)
    assert events == []
    assert subject.result is not None


def test_errors_come_out(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        next(find_subject(tmp_path / "none.mkv"))


@pytest.mark.parametrize("is_read", [False, True])
def test_frames_in_order_once_or_again(tmp_path: Path, *, is_read: bool) -> None:
    """Where the film has been read before, they are sought."""
    film = probe(make(tmp_path / "film.mkv", Source(frames=150, options={"g": "25"})))
    luma = [frame.luma for frame in read_frames(film)] if is_read else None
    numbers = (0, 3, 3, 70, 149, 149)
    frames = list(frames_of(film, numbers))
    assert [frame.number for frame in frames] == list(numbers)
    luma = luma or [frame.luma for frame in read_frames(film)]
    for frame in frames:
        np.testing.assert_array_equal(frame.luma, luma[frame.number])


@pytest.mark.parametrize("numbers", [(5, 4), (-1, 3), (3, 40), (40,)])
def test_frames_that_there_are_not(tmp_path: Path, numbers: tuple[int, ...]) -> None:
    film = probe(make(tmp_path / "film.mkv", Source(frames=10)))
    with pytest.raises(InputError, match=r"film\.mkv"):
        list(frames_of(film, numbers))
