"""The example film is what its script says, and its script still makes it."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from examples import make_film
from examples.grey_film import write_grey
from examples.make_film import DISSOLVE, FRAME_COUNT, HARD_CUTS, HEIGHT_PX, SHOTS, WIDTH_PX
from tests.material.media_sources import Source, make


def luma_of(path: Path) -> NDArray[np.uint8]:
    with av.open(str(path)) as film:
        return np.stack([f.to_ndarray()[:HEIGHT_PX] for f in film.decode(video=0)])


@pytest.fixture(scope="module")
def luma(example_film: Path) -> NDArray[np.uint8]:
    return luma_of(example_film)


def test_holds_every_kind_of_stream(example_film: Path) -> None:
    with av.open(str(example_film)) as film:
        found = [(s.type, s.codec_context.name, s.language) for s in film.streams]
        titles = [c["metadata"]["title"] for c in film.chapters()]
        video = film.streams.video[0]
        assert found == [
            ("video", "h264", None),
            ("audio", "aac", "eng"),
            ("audio", "opus", "fra"),
            ("subtitle", "srt", "eng"),
        ]
        assert titles == [title for _, title in make_film.CHAPTERS]
        assert film.metadata["title"] == make_film.TITLE
        assert (video.width, video.height, video.pix_fmt) == (WIDTH_PX, HEIGHT_PX, "yuv420p")


def test_is_small(example_film: Path) -> None:
    assert example_film.stat().st_size < 2_000_000


def test_shots_cover_the_film(luma: NDArray[np.uint8]) -> None:
    assert luma.shape == (FRAME_COUNT, HEIGHT_PX, WIDTH_PX)
    edges = [start for start, _ in SHOTS] + [FRAME_COUNT]
    assert [stop for _, stop in SHOTS] == edges[1:]
    assert set(HARD_CUTS) < set(edges)


def test_hard_cuts_change_the_picture_but_not_its_brightness(luma: NDArray[np.uint8]) -> None:
    change = np.abs(np.diff(luma.astype(np.int16), axis=0)).mean((1, 2))
    cuts = [cut - 1 for cut in HARD_CUTS]
    assert change[cuts].min() > 3 * np.delete(change, cuts).max()
    assert np.ptp(luma.mean((1, 2))) < 2


def test_dissolve_mixes_two_shots(luma: NDArray[np.uint8]) -> None:
    frame = sum(DISSOLVE) // 2
    cat = make_film.shown(make_film.MOVES[2], make_film.progress_in(2, frame), make_film.weave(frame))
    cup = make_film.shown(make_film.MOVES[3], make_film.progress_in(3, frame), make_film.weave(frame))
    pictures = np.stack([cat.ravel(), cup.ravel()], axis=1)
    shares = np.linalg.lstsq(pictures, luma[frame].ravel().astype(np.float32))[0]
    assert shares == pytest.approx([8 / 17, 9 / 17], abs=0.05)


@pytest.mark.parametrize("frame", [0, 47, 48, 143, FRAME_COUNT - 1])
def test_script_renders_the_film(luma: NDArray[np.uint8], frame: int) -> None:
    assert cv2.PSNR(make_film.luma_frame(frame), luma[frame]) > 34


def test_same_film_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make_film, "FRAME_COUNT", 12)
    monkeypatch.setattr(make_film, "CHAPTERS", ((0, "Short"),))
    for name in ("a.mkv", "b.mkv"):
        make_film.write_film(tmp_path / name)
    assert (tmp_path / "a.mkv").read_bytes() == (tmp_path / "b.mkv").read_bytes()


def test_grey_film_keeps_its_sound(color_film: Path, grey_film: Path) -> None:
    with av.open(str(color_film)) as before, av.open(str(grey_film)) as after:
        wanted = [bytes(p) for p in before.demux(audio=0) if p.size]
        found = [bytes(p) for p in after.demux(audio=0) if p.size]
    assert len(found) > 50
    assert found == wanted[: len(found)]


def test_grey_film_has_no_colour(grey_film: Path) -> None:
    with av.open(str(grey_film)) as film:
        planes = [f.to_ndarray()[f.height :] for f in film.decode(video=0)]
    assert len(planes) == 30
    assert all((chroma == 128).all() for chroma in planes)


def test_a_silent_film_is_turned_grey_too(tmp_path: Path) -> None:
    source = make(tmp_path / "silent.mkv", Source(pixel_format="yuv444p", codec="ffv1", frames=3))
    write_grey(source, tmp_path / "grey.mkv")
    with av.open(str(tmp_path / "grey.mkv")) as film:
        assert [stream.type for stream in film.streams] == ["video"]
        assert sum(1 for _ in film.decode(video=0)) == 3
