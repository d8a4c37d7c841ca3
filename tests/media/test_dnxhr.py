"""DNxHR in QuickTime, for editors: the profile goes by the film; what it cannot hold is refused at once."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from tcvc_cli.cli.main import main
from tcvc_cli.errors import OutputError
from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.write.encode import try_encoder
from tests.material.media_sources import Source, make

SMALL = ("--model", "tcvc-mini", "--device", "cpu", "--model-size", "64", "--colour-parts", "recolour", "-q")


@pytest.mark.parametrize(
    ("pixels", "profile", "written"),
    [
        ("gray", "DNXHR HQ", "yuv422p"),
        ("yuv420p", "DNXHR HQ", "yuv422p"),
        ("yuv422p10le", "DNXHR HQX", "yuv422p10le"),
        ("yuv444p", "DNXHR 444", "yuv444p10le"),
    ],
)
@pytest.mark.parametrize("matrix", [1, 2, 6])
def test_verify_holds_on_every_profile(
    tmp_path: Path, pixels: str, profile: str, written: str, matrix: int
) -> None:
    source = Source(
        "ffv1",
        pixels,
        width=257,
        height=145,
        frames=60,
        audio=("pcm_s24le",),
        timecode="01:02:03:04",
        matrix=matrix,
    )
    film, result = make(tmp_path / "film.mkv", source), tmp_path / "film.color.mov"
    assert main(["colorize", str(film), "--preset", "dnxhr", "--proof", *SMALL]) == 0
    made = probe(result)
    assert (made.pixel_format.name, made.timecode) == (written, "01:02:03:04")
    assert [stream.codec for stream in made.streams] == ["dnxhd", "pcm_s24le", "tmcd"]
    assert made.color.matrix == {1: 1, 2: 6, 6: 6}[matrix]
    with av.open(str(result)) as container:
        assert container.streams.video[0].codec_context.profile == profile


def test_a_picture_that_is_too_small(tmp_path: Path) -> None:
    film = probe(make(tmp_path / "film.mkv", Source(frames=2, width=254, height=144)))
    with pytest.raises(OutputError, match="256x120 px and more, the film has 254x144"):
        try_encoder(film, "dnxhr")


def test_its_segments_are_kept_for_a_later_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")  # results say when they were made
    film = make(tmp_path / "film.mkv", Source("ffv1", width=256, height=144, frames=12))
    done = ["colorize", str(film), "--preset", "dnxhr", *SMALL]
    assert main(done) == 0
    first = (tmp_path / "film.color.mov").read_bytes()
    assert main([*done, "-y", "--keep-work"]) == 0
    assert (tmp_path / "film.color.mov").read_bytes() == first
