"""Where samples are taken, and what they say of the size of the whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tcvc_cli.media.inspect.sizes import PacketSize, stream_sizes
from tcvc_cli.media.read.probe import open_film
from tcvc_cli.records import Shot
from tcvc_cli.run.estimating.places import Place, places_in
from tcvc_cli.run.estimating.size import color_factor, film_factor, picture_bytes
from tcvc_cli.run.events import Planned
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.options.film import Options, Preset
from tests.material.run_events import finished

KEY, OTHER = PacketSize(1000, is_key=True), PacketSize(100, is_key=False)


def test_places_lie_evenly_and_inside_shots() -> None:
    shots = (Shot(0, 500), Shot(500, 510), Shot(510, 4000))
    places = places_in(shots, 9, 33)
    assert len(places) == 9
    for place in places:
        shot = shots[place.number - 1]
        assert shot.start <= place.piece.start < place.piece.stop <= shot.stop
        assert len(place.piece) == 33
    middles = [(one.piece.start + one.piece.stop) // 2 for one in places]
    assert all(abs(middle - (2 * k + 1) * 4000 // 18) < 34 for k, middle in enumerate(middles))


@pytest.mark.parametrize("frames", [1, 2, 8, 33, 100, 240, 296])
def test_no_frame_of_a_short_film_is_sampled_twice(frames: int) -> None:
    places = places_in((Shot(7, 7 + frames),), 9, 33)
    seen = [number for one in places for number in range(one.piece.start, one.piece.stop)]
    assert len(seen) == len(set(seen)) <= frames
    assert set(seen) <= set(range(7, 7 + frames))
    assert places


def test_short_shots_have_short_places() -> None:
    shots = tuple(Shot(start, start + 10) for start in range(0, 1000, 10))
    assert {len(one.piece) for one in places_in(shots, 9, 33)} == {10}


def test_key_frames_count_as_often_as_they_come() -> None:
    places = [(KEY, OTHER, OTHER), (KEY, OTHER)]
    assert picture_bytes(places, frames=1000, keys=4) == 4 * 1000 + 996 * 100


def test_of_frames_that_are_all_alike_each_counts_the_same() -> None:
    assert picture_bytes([(KEY, KEY)], frames=50, keys=3) == 50 * 1000


def test_colours_make_the_same_pieces_larger() -> None:
    colored = [(PacketSize(1300, is_key=True), PacketSize(130, is_key=False))]
    assert color_factor(colored, [(KEY, OTHER)]) == pytest.approx(1.3)


def test_what_is_hard_to_code_in_the_source_counts_more() -> None:
    shots = (Shot(10, 110), Shot(110, 210))
    source = [100] * 100 + [300] * 100
    easy, hard = Place(1, Shot(50, 60)), Place(2, Shot(150, 160))
    assert film_factor(source, (easy, hard), shots) == 1
    assert film_factor(source, (easy,), shots) == 2
    assert film_factor(source, (hard,), shots) == pytest.approx(2 / 3)


def test_packets_that_are_no_frames_count_for_nothing() -> None:
    assert film_factor([1, 2, 3], (Place(1, Shot(0, 5)),), (Shot(0, 10),)) == 1
    assert film_factor([0] * 10, (Place(1, Shot(0, 5)),), (Shot(0, 10),)) == 1


def test_packets_of_a_part_are_counted(color_film: Path) -> None:
    with open_film(color_film) as film:
        picture, sound = film.streams.video[0], film.streams.audio[0]
        indexes = picture.index, sound.index
        packets = [one for one in film.demux() if one.size]
        heard = [
            ((one.pts or 0) * one.time_base, one.size) for one in packets if one.stream_index == indexes[1]
        ]
        shown = sorted((one.pts or 0, one.size) for one in packets if one.stream_index == indexes[0])
    whole = stream_sizes(color_film, indexes[0], indexes[1:], 0, 132)
    assert whole.frames == tuple(size for _, size in shown)
    assert whole.beside == sum(size for _, size in heard) > 0
    part = stream_sizes(color_film, indexes[0], indexes[1:], 25, 50)
    assert part.frames == whole.frames[25:50]
    assert part.beside == sum(size for at_s, size in heard if 1 <= at_s < 2)
    assert stream_sizes(color_film, indexes[0], [], 0, 132).beside == 0


@pytest.mark.parametrize("preset", ["access", "master"])
def test_the_size_of_a_film_is_told(grey_film: Path, tmp_path: Path, preset: Preset) -> None:
    options = Options(
        input=grey_film,
        output=tmp_path / "film.mkv",
        preset=preset,
        model="tcvc-mini",
        model_size_px=64,
        color_parts="recolour",
    )
    planned = list(colorize(replace(options, is_dry_run=True)))[-1]
    assert isinstance(planned, Planned)
    real = finished(list(colorize(options))).output.stat().st_size / 2**20
    assert planned.estimated_mib == pytest.approx(real, rel=0.3)


def test_the_size_of_a_photograph_is_told(tmp_path: Path) -> None:
    path = tmp_path / "portrait.png"
    x, y = np.arange(320), np.arange(240)[:, None]
    assert cv2.imwrite(str(path), ((x * y // 50) % 256).astype(np.uint8))
    options = Options(input=path, model="tcvc-mini", model_size_px=64)
    planned = list(colorize(replace(options, is_dry_run=True)))[-1]
    assert isinstance(planned, Planned)
    assert sorted(tmp_path.iterdir()) == [path]
    real = finished(list(colorize(options))).output.stat().st_size / 2**20
    assert planned.estimated_mib == pytest.approx(real, rel=0.3)
