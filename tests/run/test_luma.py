"""The promise: the film's own luma, bit for bit, at its own depth, through the whole walk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from tcvc_cli.color.grade import Grade
from tcvc_cli.errors import UsageError
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.write.encode import output_format
from tcvc_cli.media.write.photograph import write_photograph
from tcvc_cli.run.events import FilmProbed, Finished, Planned, StreamsCarried, Warned
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.film.paint import PaintedFrame, light, paint
from tcvc_cli.run.options.film import Options
from tests.material.media_sources import Source, make
from tests.material.present import present

pytestmark = pytest.mark.slow

FORMATS = [
    ("yuv420p", False, (64, 48)),
    ("yuv420p", True, (63, 49)),
    ("yuv422p", False, (66, 35)),
    ("yuv422p", True, (64, 48)),
    ("yuv420p10le", False, (65, 47)),
    ("yuv420p10le", True, (64, 48)),
    ("yuv422p10le", False, (64, 48)),
    ("yuv422p10le", True, (61, 33)),
    ("yuv444p12le", False, (48, 48)),
    ("gray", True, (64, 48)),
    ("gray10le", False, (63, 47)),
]


def source_of(path: Path, name: str, *, is_full_range: bool, size: tuple[int, int], frames: int = 4) -> Path:
    width, height = size
    return make(
        path,
        Source(
            pixel_format=name,
            is_full_range=is_full_range,
            width=width,
            height=height,
            frames=frames,
            codec="ffv1",
        ),
    )


@pytest.mark.parametrize(("name", "is_full_range", "size"), FORMATS)
def test_master_keeps_luma_through_the_whole_walk(
    tmp_path: Path, name: str, *, is_full_range: bool, size: tuple[int, int]
) -> None:
    film = source_of(tmp_path / "film.mkv", name, is_full_range=is_full_range, size=size)
    output = tmp_path / "film.color.mkv"
    list(colorize(Options(input=film, color_parts="recolour", output=output, preset="master")))
    before, after = (list(read_frames(probe(path))) for path in (film, output))
    assert len(before) == len(after) == 4
    for old, new in zip(before, after, strict=True):
        np.testing.assert_array_equal(old.luma, new.luma)
        assert old.luma.dtype == new.luma.dtype
        assert old.time.seconds == new.time.seconds
    assert probe(output).color.full_range == probe(film).color.full_range
    assert probe(output).pixel_format.bit_depth == probe(film).pixel_format.bit_depth


@pytest.mark.parametrize("preset", ["access", "master", "prores"])
@pytest.mark.parametrize(("name", "is_full_range", "size"), FORMATS[:8])
def test_luma_is_the_films_own_before_encoding(
    tmp_path: Path, name: str, *, is_full_range: bool, size: tuple[int, int], preset: str
) -> None:
    path = source_of(tmp_path / "film.mkv", name, is_full_range=is_full_range, size=size, frames=1)
    film = probe(path)
    frame = next(iter(read_frames(film)))
    target = output_format(film, preset)
    painted = PaintedFrame(frame, np.full((2, 8, 12), 25, np.float32))
    result = paint(film, target, painted, Grade())
    raised = frame.luma.astype(np.int64) << (target.bit_depth - film.pixel_format.bit_depth)
    np.testing.assert_array_equal(result.luma, raised)
    neutral = 1 << (target.bit_depth - 1)
    assert present(result.cb).shape == present(result.cr).shape
    assert (present(result.cr) > neutral).mean() > 0.5


def test_no_saturation_is_no_colour(tmp_path: Path) -> None:
    film = probe(source_of(tmp_path / "film.mkv", "yuv420p", is_full_range=False, size=(64, 48), frames=1))
    frame = next(iter(read_frames(film)))
    painted = PaintedFrame(frame, np.full((2, 8, 8), 40, np.float32))
    result = paint(film, film.pixel_format, painted, Grade(saturation=0.0))
    assert (present(result.cb) == 128).all()
    assert (present(result.cr) == 128).all()


def test_the_network_sees_the_film_in_its_own_range(tmp_path: Path) -> None:
    seen = {}
    for is_full_range in (False, True):
        path = source_of(
            tmp_path / f"{is_full_range}.mkv", "yuv420p", is_full_range=is_full_range, size=(64, 48)
        )
        film = probe(path)
        frame = replace(next(iter(read_frames(film))), luma=np.full((48, 64), 126, np.uint8))
        seen[is_full_range] = light(film, frame, (32, 24)).lightness
    assert seen[False].shape == (24, 32)
    assert seen[False].mean() > seen[True].mean() + 0.5


def photograph(path: Path, *, depth: int = 8) -> Path:
    grey = cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2GRAY)[:200, :301]
    picture = np.repeat(grey[..., None], 3, -1)
    write_photograph(picture if depth == 8 else picture.astype(np.uint16) * 257, path)
    return path


@pytest.mark.parametrize(
    ("suffix", "depth"), [(".png", 8), (".png", 16), (".jpg", 8), (".tif", 8), (".tif", 16)]
)
def test_a_photograph_is_a_film_of_one_frame(tmp_path: Path, suffix: str, depth: int) -> None:
    path = photograph(tmp_path / f"portrait{suffix}", depth=depth)
    before = path.read_bytes()
    events = list(colorize(Options(input=path)))
    output = tmp_path / "portrait.color.png"
    assert isinstance(events[-1], Finished)
    assert events[-1].output == output
    assert path.read_bytes() == before
    grey, result = (present(cv2.imread(str(p), cv2.IMREAD_UNCHANGED)) for p in (path, output))
    assert result.shape == grey.shape
    assert result.dtype == (np.uint16 if depth == 16 else np.uint8)
    scale = 257 if depth == 16 else 1
    assert np.ptp(result.astype(int), axis=-1).mean() > 4 * scale
    lightness = [
        cv2.cvtColor((p / scale).astype(np.uint8), cv2.COLOR_BGR2GRAY).astype(int) for p in (grey, result)
    ]
    assert np.abs(lightness[0] - lightness[1]).mean() < 6


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    film = source_of(tmp_path / "film.mkv", "yuv420p", is_full_range=False, size=(64, 48), frames=6)
    events = list(colorize(Options(input=film, color_parts="recolour", is_dry_run=True)))
    assert isinstance(events[-1], Planned)
    assert events[-1].estimated_s > 0
    assert events[-1].estimated_mib > 0
    assert events[-1].anchors[0] == 0
    assert sorted(tmp_path.iterdir()) == [film]


def test_a_run_that_is_dropped_leaves_nothing(tmp_path: Path) -> None:
    film = source_of(tmp_path / "film.mkv", "yuv420p", is_full_range=False, size=(64, 48), frames=40)
    events = colorize(Options(input=film, color_parts="recolour", preset="master"))
    for event in events:
        if type(event).__name__ == "ShotStarted":
            break
    events.close()
    assert sorted(tmp_path.iterdir()) == [film]


@pytest.mark.slow
def test_the_same_options_give_the_same_result(tmp_path: Path) -> None:
    film = source_of(tmp_path / "film.mkv", "yuv420p", is_full_range=False, size=(64, 48), frames=20)
    results = []
    for name in ("one.mkv", "two.mkv"):
        list(
            colorize(
                Options(
                    input=film,
                    color_parts="recolour",
                    output=tmp_path / name,
                    preset="master",
                    interval_frames=6,
                )
            )
        )
        results.append(
            [(present(f.cb).tobytes(), present(f.cr).tobytes()) for f in read_frames(probe(tmp_path / name))]
        )
    assert results[0] == results[1]


def test_palettes_and_ensemble_change_the_colours(tmp_path: Path) -> None:
    film = photograph(tmp_path / "portrait.png")
    results = []
    for palette in (0, 1, 2):
        output = tmp_path / f"{palette}.png"
        list(colorize(Options(input=film, color_parts="recolour", output=output, palette=palette)))
        results.append(present(cv2.imread(str(output))).astype(int))
    assert np.abs(results[0] - results[1]).mean() > 0.5
    assert np.abs(results[1] - results[2]).mean() > 0.5


def test_each_palette_has_a_name_of_its_own(tmp_path: Path) -> None:
    film = photograph(tmp_path / "portrait.png")
    for number in (1, 2):
        tag = f"palette-{number}"
        list(colorize(Options(input=film, color_parts="recolour", palette=number, name_tag=tag)))
    assert {path.name for path in tmp_path.glob("*.png")} == {
        "portrait.png",
        "portrait.color.palette-1.png",
        "portrait.color.palette-2.png",
    }


def test_palettes_are_the_embedded_models_own() -> None:
    with pytest.raises(UsageError, match="--compat"):
        Options(input=Path("film.mkv"), is_compat=True)
    with pytest.raises(UsageError, match="--palette"):
        Options(input=Path("film.mkv"), palette=5)


def test_events_tell_the_whole_story(tmp_path: Path) -> None:
    film = source_of(tmp_path / "film.mkv", "yuv420p", is_full_range=False, size=(64, 48), frames=6)
    events = list(colorize(Options(input=film, color_parts="recolour")))
    kinds = [type(event) for event in events if type(event) is not Warned]
    assert kinds[0] is FilmProbed
    assert kinds[-1] is Finished
    assert StreamsCarried in kinds
