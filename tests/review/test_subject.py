"""Which film, which result, which shots."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcvc_cli.errors import InputError
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.review.pictures import picture_of, picture_size
from tcvc_cli.review.subject import subject_of


def test_the_result_beside_the_film_is_found(colored: Path) -> None:
    subject = subject_of(colored)
    assert subject.result is not None
    assert subject.result.path.name == "film.color.mkv"
    assert len(subject.shots) == 4
    assert subject.sidecar is not None
    assert subject.in_result(7) == 7


def test_a_result_of_another_film_is_not_taken(colored: Path) -> None:
    colored.write_bytes(colored.read_bytes() + b"\0")
    subject = subject_of(colored)
    assert subject.result is None
    assert len(subject.shots) == 4


def test_films_of_different_sizes_are_refused(colored: Path, color_film: Path) -> None:
    with pytest.raises(InputError, match="px"):
        subject_of(colored, color_film)


def test_a_picture_has_the_shape_of_the_film(colored: Path) -> None:
    film = subject_of(colored).film
    size = picture_size(film, 48)
    picture = picture_of(film, next(read_frames(film)), size)
    assert picture.shape == (size[1], size[0], 3)
    assert max(size) == 48
    assert abs(size[0] / size[1] - film.width_px * film.sample_aspect / film.height_px) < 0.05
