"""Whole films, written and read again, against the same figures worked out from the arrays at once."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import color, data, metrics

from tcvc_cli.color.chroma import ab_from_planes, chroma_planes
from tcvc_cli.errors import InputError
from tcvc_cli.measure.pictures import Shown, show
from tcvc_cli.measure.report import measure_film
from tcvc_cli.media.planes import Frame
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.write.encode import SegmentWriter
from tcvc_cli.records import FilmInfo
from tests.material.present import present

FRAMES = 6


def _write(path: Path, like: FilmInfo, frames: Sequence[Frame] | Iterator[Any]) -> Path:
    with SegmentWriter(path, like, "master") as writer:
        for frame in frames:
            writer.write(frame)
    return path


def _colored(film: FilmInfo, frame: Frame, ab: NDArray[np.float32]) -> Frame:
    chroma = chroma_planes(frame.luma, ab, pixel_format=film.pixel_format, color=film.color)
    return Frame(frame.number, frame.time, frame.luma, *chroma)


@pytest.fixture(scope="module")
def truth(color_film: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six frames of a pan over a photograph, 4:2:0, lossless, 96x64."""
    film = replace(probe(color_film), width_px=96, height_px=64)
    photograph = cv2.GaussianBlur(data.coffee()[::2, ::2], (0, 0), 1)
    frames = []
    for frame in read_frames(film, 0, FRAMES):
        crop = photograph[60:124, 40 + 2 * frame.number : 136 + 2 * frame.number]
        planes = cv2.cvtColor(np.ascontiguousarray(crop), cv2.COLOR_RGB2YUV_I420).astype(np.uint8, copy=False)
        luma, chroma = planes[:64], planes[64:].reshape(2, 32, 48)
        frames.append(Frame(frame.number, frame.time, luma.copy(), *chroma.copy()))
    path = tmp_path_factory.mktemp("report") / "truth.mkv"
    return _write(path, film, frames)


@pytest.fixture(scope="module")
def faded(truth: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half of the true a* and b* beside the same luma."""
    film, frames = probe(truth), []
    for frame in read_frames(film):
        ab = ab_from_planes(
            frame.luma, present(frame.cb), present(frame.cr), pixel_format=film.pixel_format, color=film.color
        )
        frames.append(_colored(film, frame, (ab / 2).astype(np.float32)))
    return _write(tmp_path_factory.mktemp("report") / "faded.mkv", film, frames)


def _shown(path: Path) -> list[Shown]:
    film = probe(path)
    return [show(film, frame) for frame in read_frames(film)]


def test_every_figure_equals_that_of_the_arrays(truth: Path, faded: Path) -> None:
    report = measure_film(faded, truth)
    ours, theirs = _shown(faded), _shown(truth)
    ab, true_ab = (np.stack([color.rgb2lab(s.rgb)[..., 1:] for s in film]) for film in (ours, theirs))
    rgb, true_rgb = (np.stack([s.rgb for s in film]) for film in (ours, theirs))
    square = np.mean((ab - true_ab) ** 2)
    assert report.frames == FRAMES
    assert report.ab_psnr_db == pytest.approx(10 * np.log10(255**2 / square), abs=1e-3)
    assert report.gain_over_grey_db == pytest.approx(10 * np.log10(np.mean(true_ab**2) / square), abs=1e-3)
    expected = metrics.peak_signal_noise_ratio(true_rgb.astype(float), rgb.astype(float), data_range=1)
    assert report.rgb_psnr_db == pytest.approx(expected, abs=1e-3)
    pairs = list(zip(rgb, true_rgb, strict=True))
    flat, true_flat = ab.ravel(), true_ab.ravel()
    cosine = flat @ true_flat / np.sqrt((flat @ flat) * (true_flat @ true_flat))
    assert report.hue_agreement == pytest.approx(cosine, abs=1e-4)
    assert report.amount == pytest.approx(flat @ true_flat / (flat @ flat), abs=1e-3)
    assert report.cast == pytest.approx(np.hypot(*(ab - true_ab).mean((0, 1, 2))), abs=1e-3)
    differences = [color.deltaE_ciede2000(color.rgb2lab(x), color.rgb2lab(y)).mean() for x, y in pairs]
    assert report.ciede2000 == pytest.approx(np.mean(differences), abs=1e-3)
    assert report.result.chroma == pytest.approx(np.hypot(*np.moveaxis(ab, -1, 0)).mean(), abs=1e-3)
    options = {"data_range": 1, "channel_axis": -1, "gaussian_weights": True, "sigma": 1.5}
    similarity = [
        metrics.structural_similarity(x, y, use_sample_covariance=False, **options) for x, y in pairs
    ]
    assert report.ssim == pytest.approx(np.mean(similarity), abs=1e-4)


def test_figures_say_what_was_done(truth: Path, faded: Path) -> None:
    """Colours were halved, on what they were on."""
    report = measure_film(faded, truth)
    assert report.chroma_ratio == pytest.approx(0.5, abs=0.03)
    assert report.gain_over_grey_db == pytest.approx(6, abs=1)
    assert report.colorfulness_difference < -5
    assert report.ciede2000 < report.grey_ciede2000
    assert report.result.flicker == pytest.approx(report.reference.flicker, abs=0.01)
    assert report.result.cdc is not None
    assert report.lpips is None


def test_a_film_beside_itself(truth: Path) -> None:
    report = measure_film(truth, truth)
    assert report.ab_psnr_db == report.rgb_psnr_db == report.gain_over_grey_db == np.inf
    assert (report.ssim, report.ciede2000, report.colorfulness_difference) == pytest.approx((1, 0, 0))
    assert report.result == report.reference
    assert report.chroma_ratio == 1


def test_a_grey_film_gains_nothing(truth: Path, tmp_path: Path) -> None:
    film = probe(truth)
    grey = np.zeros((32, 48, 2), np.float32)
    frames = [_colored(film, frame, grey) for frame in read_frames(film)]
    report = measure_film(_write(tmp_path / "grey.mkv", film, frames), truth)
    assert report.gain_over_grey_db == pytest.approx(0, abs=0.01)
    assert report.ciede2000 == pytest.approx(report.grey_ciede2000, abs=0.01)
    assert report.result.chroma < 0.02
    assert report.result.flicker is None


def test_colours_that_change_from_frame_to_frame_flicker(truth: Path, tmp_path: Path) -> None:
    film = probe(truth)
    frames = []
    for frame in read_frames(film):
        ab = np.tile(
            np.array([12, 16], np.float32) if frame.number % 2 else np.array([-6, -8], np.float32),
            (32, 48, 1),
        )
        frames.append(_colored(film, frame, ab))
    report = measure_film(_write(tmp_path / "jumping.mkv", film, frames), truth)
    assert report.result.warp_error == pytest.approx(30, rel=0.15)
    assert present(report.result.flicker) > 5 * present(report.reference.flicker)
    assert present(report.result.cdc) > 5 * present(report.reference.cdc)


def test_films_that_do_not_belong_together_are_refused(truth: Path, color_film: Path, tmp_path: Path) -> None:
    film = probe(truth)
    short = _write(tmp_path / "short.mkv", film, read_frames(film, 0, 3))
    for pair in ((short, truth), (truth, short)):
        with pytest.raises(InputError, match=r"short\.mkv ends after 3 frames"):
            measure_film(*pair)
    with pytest.raises(InputError, match="1280x720"):
        measure_film(truth, color_film)


def test_memory_does_not_grow_with_the_film(truth: Path, tmp_path: Path) -> None:
    """Thirty frames more than six; what a meter keeps is a few frames either way."""
    film = probe(truth)
    one = list(read_frames(film))
    long = _write(tmp_path / "long.mkv", film, _repeated(one, 36))
    peaks = []
    for path in (truth, long):
        tracemalloc.start()
        measure_film(path, path)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


def _repeated(frames: Sequence[Frame], count: int) -> Iterator[Frame]:
    step = frames[1].time.pts - frames[0].time.pts
    for number in range(count):
        time = replace(frames[0].time, pts=frames[0].time.pts + number * step)
        yield replace(frames[number % len(frames)], number=number, time=time)
