"""Films with progressive and interlaced frames, or with frames that contradict their header: a result says so
of each frame where its coding can, and what it cannot say is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcvc_cli.errors import StreamNotCarried
from tcvc_cli.measure.proof.compare import compare
from tcvc_cli.run.events import Event, StreamsCarried, Warned
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.options.film import Options, Preset
from tests.material.field_films import FRAMES, ffmpeg, mixed, needs_ffmpeg, orders, part, told

pytestmark = needs_ffmpeg


def run(film: Path, output: Path, preset: Preset, *, is_strict: bool = False) -> list[Event]:
    return list(colorize(Options(film, output, preset=preset, model_size_px=64, is_strict=is_strict)))


def warnings(events: list[Event]) -> list[str]:
    return [one.message for one in events if isinstance(one, Warned)]


def losses(events: list[Event]) -> list[str]:
    carried = [row for one in events if isinstance(one, StreamsCarried) for row in one.carried]
    return [word for row in carried for word in row.lost]


@pytest.mark.parametrize("kinds", ["PT", "TP", "TB", "PBP"])
def test_ffv1_says_it_of_every_frame(tmp_path: Path, kinds: str) -> None:
    film = mixed(tmp_path / "film.h264", kinds)
    wanted = "".join(kind * FRAMES for kind in kinds)
    assert orders(film) == wanted
    output = tmp_path / "result.mkv"
    events = run(film, output, "master", is_strict=True)
    assert orders(output) == wanted
    assert (warnings(events), losses(events)) == ([], [])
    assert [one.subject for one in compare(film, output).checks if one.verdict == "fails"] == []


def test_h264_names_the_other_order_and_strict_refuses(tmp_path: Path) -> None:
    film, output = mixed(tmp_path / "film.h264", "TB"), tmp_path / "result.mp4"
    events = run(film, output, "access")
    assert orders(output) == "T" * 2 * FRAMES
    named = f"bottom field first in {FRAMES} frames, the first is frame {FRAMES} (0.200 s)"
    assert any(named in message for message in warnings(events))
    assert any("fields bottom field first" in loss for loss in losses(events))
    with pytest.raises(StreamNotCarried, match="bottom field first"):
        run(film, tmp_path / "strict.mp4", "access", is_strict=True)


def test_interlaced_frames_among_progressive_ones_make_an_interlaced_film(tmp_path: Path) -> None:
    """The other way round they would lose their order."""
    film, output = mixed(tmp_path / "film.h264", "PPPT"), tmp_path / "result.mp4"
    events = run(film, output, "access")
    assert orders(output) == "T" * 4 * FRAMES
    assert any(f"progressive in {3 * FRAMES} frames" in message for message in warnings(events))
    assert losses(events) == []


def test_frames_that_contradict_their_header_are_named(tmp_path: Path) -> None:
    coded, film = part(tmp_path / "coded.mp4", "B"), tmp_path / "film.mkv"
    ffmpeg("-i", coded, "-c", "copy", "-field_order", "tt", film)
    assert told(film, "stream=field_order") == ["tt"]
    assert orders(film) == "B" * FRAMES
    kept = run(film, tmp_path / "kept.mkv", "master")
    assert orders(tmp_path / "kept.mkv") == "B" * FRAMES
    assert losses(kept) == []
    named = run(film, tmp_path / "named.mp4", "access")
    assert any("bottom field first" in loss for loss in losses(named))
