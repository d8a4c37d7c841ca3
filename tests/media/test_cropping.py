"""Cropping that a container states is stated by the result too, or named as lost."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest
from av.stream import Disposition

from tcvc_cli.media.carry.matroska.header import Place, fill_places, reserve
from tcvc_cli.media.planes import pixel_format, write_planes
from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.shape.matroska_display import Display, stated_display
from tcvc_cli.media.shape.stereo import STEREO_MODE, width_in
from tcvc_cli.media.structure.cropping import Crop, has_clean_aperture, matroska_crop
from tests.material.media_sources import Source, make, planes
from tests.material.painted_films import colored

CROP = Crop(2, 4, 6, 300)


def cropped(path: Path, *, display: Display | None = None) -> Path:
    """A film of 640x48 with a cropped second track."""
    with av.open(str(path), "w") as container:
        tracks = [container.add_stream("ffv1", rate=24) for _ in range(2)]
        tracks[0].disposition, tracks[1].disposition = Disposition(0), Disposition.default
        for track in tracks:
            track.width, track.height, track.pix_fmt = 640, 48, "yuv420p"
        tracks[1].metadata["title"] = reserve("The picture")
        for track in tracks:
            picture = write_planes(*planes(Source(width=640, height=48), 1), pixel_format("yuv420p"))
            picture.pts, picture.time_base = 0, Fraction(1, 24)
            container.mux(track.encode(picture) + track.encode(None))
    fill_places(path, [Place(display, CROP)])
    return path


@pytest.mark.parametrize("display", [None, Display(16, 9, 3), Display(500, 42, 0)])
def test_matroska_keeps_it(tmp_path: Path, display: Display | None) -> None:
    film = probe(cropped(tmp_path / "film.mkv", display=display))
    assert film.video_index == 1
    assert matroska_crop(film) == CROP
    carried, dropped = colored(film, tmp_path / "result.mkv")
    result = probe(tmp_path / "result.mkv")
    assert matroska_crop(result) == CROP
    assert result.sample_aspect == film.sample_aspect
    assert display is None or stated_display(result) == display
    assert result.size_px == (640, 48)
    assert result.streams[1].title == "The picture"
    assert ([row.lost for row in carried], dropped) == ([(), ()], ())
    with av.open(str(tmp_path / "result.mkv")) as container:
        assert len(list(container.decode(video=1))) == 1


def test_other_containers_say_that_it_is_lost(tmp_path: Path) -> None:
    film = probe(cropped(tmp_path / "film.mkv"))
    carried, _ = colored(film, tmp_path / "result.mp4")
    assert "cropping" in carried[-1].lost


def test_a_clean_aperture_is_found(tmp_path: Path) -> None:
    path = tmp_path / "film.mov"
    box = (40).to_bytes(4, "big") + b"clap" + bytes(32)
    path.write_bytes(
        (16).to_bytes(4, "big") + b"ftypqt  " + bytes(4) + (48).to_bytes(4, "big") + b"moov" + box
    )

    film = replace(probe(make(tmp_path / "plain.mov", Source(frames=1))), path=path)

    assert has_clean_aperture(film)
    path.write_bytes(
        (16).to_bytes(4, "big") + b"ftypqt  " + bytes(4) + (48).to_bytes(4, "big") + b"moov" + bytes(40)
    )
    assert not has_clean_aperture(film)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="the film is made with Debian's ffmpeg")
def test_what_is_known_of_the_display_is_named_when_it_is_lost(tmp_path: Path) -> None:
    light = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400"
    film = tmp_path / "film.mkv"
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=128x96:r=25,format=yuv420p10le"]
    command += ["-frames:v", "3", "-c:v", "libx265", "-color_trc", "smpte2084"]
    command += ["-x265-params", f"log-level=none:pools=none:master-display={light}", str(film)]
    subprocess.run(command, check=True, timeout=60)
    carried, _ = colored(probe(film), tmp_path / "result.mkv")
    assert {"mastering display", "content light level"} <= set(carried[0].lost)
    assert probe(tmp_path / "result.mkv").color.transfer == 16


def stereo_tag(path: Path) -> str | None:
    with av.open(str(path)) as film:
        return film.streams.video[0].metadata.get(STEREO_MODE)


@pytest.mark.skipif(shutil.which("mkvmerge") is None, reason="stereo films are marked by mkvmerge")
@pytest.mark.parametrize(
    ("mode", "wide"), [(1, 2), (11, 2), (3, Fraction(1, 2)), (7, Fraction(1, 2)), (0, 1)]
)
@pytest.mark.parametrize("aspect", [None, "4/3"])
def test_pictures_for_two_eyes_keep_their_shape(
    tmp_path: Path, mode: int, wide: int | Fraction, aspect: str | None
) -> None:
    plain, film, output = (tmp_path / name for name in ("plain.mkv", "film.mkv", "result.mkv"))
    make(plain, Source(width=128, frames=3))
    shape = ["--aspect-ratio", f"0:{aspect}"] if aspect else []
    command = ["mkvmerge", "-q", "-o", str(film), "--stereo-mode", f"0:{mode}", *shape, str(plain)]
    subprocess.run(command, check=True, timeout=60)
    before = probe(film)
    assert width_in(stereo_tag(film)) == wide
    colored(before, output)
    after = probe(output)
    assert stereo_tag(output) == stereo_tag(film)
    assert stated_display(before) in (None, stated_display(after))
    assert after.sample_aspect == before.sample_aspect


@pytest.mark.parametrize(
    ("packing", "mode", "display"),
    [
        (3, "left_right", Display(32, 48, 0)),
        (4, "top_bottom", Display(128, 48, 0)),
        (0, "checkerboard_lr", Display(64, 48, 0)),
    ],
)
def test_views_that_h264_packs_are_named_by_matroska_and_lost_in_mp4(
    tmp_path: Path, packing: int, mode: str, display: Display
) -> None:
    options = {"x264-params": f"frame-packing={packing}"}
    film = probe(make(tmp_path / "film.mp4", Source(frames=3, options=options)))
    carried, _ = colored(film, tmp_path / "result.mkv", preset="master")
    result = probe(tmp_path / "result.mkv")
    assert stereo_tag(result.path) == mode
    assert stated_display(result) == display
    assert result.sample_aspect == film.sample_aspect == 1
    assert "stereo layout" not in carried[0].lost
    carried, _ = colored(film, tmp_path / "result.mp4")
    assert "stereo layout" in carried[0].lost
