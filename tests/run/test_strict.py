"""--strict: rather no result than one without something that the film had."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tcvc_cli.cli.wording import lines_of, warnings_in
from tcvc_cli.errors import StreamNotCarried
from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.structure.languages import for_quicktime, same_language
from tcvc_cli.run.events import Finished, StageStarted, StreamsCarried
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.options.film import Options
from tests.material.media_sources import Source, make

SMALL = Source(
    codec="mpeg4", pixel_format="yuv420p", width=64, height=48, frames=3, time_base=Fraction(1, 24)
)


def run(film: Path, output: Path, **options: Any) -> list[Any]:
    return list(
        colorize(Options(input=film, output=output, model_size_px=64, color_parts="recolour", **options))
    )


def film_with(path: Path, **changes: Any) -> Path:
    return make(path, replace(SMALL, **changes))


def test_a_stream_that_would_be_dropped_is_refused_before_the_work(tmp_path: Path) -> None:
    film = film_with(tmp_path / "film.mkv", has_attachment=True)
    events = colorize(Options(input=film, output=tmp_path / "r.mp4", is_strict=True))
    with pytest.raises(StreamNotCarried, match=r"r\.mp4: stream 1: mp4 cannot hold attachment") as caught:
        assert not any(isinstance(event, StageStarted) for event in events)
    assert caught.value.exit_code == 4
    assert ".mkv" in caught.value.advice
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.mkv"]


def test_without_strict_it_is_dropped_and_told_everywhere(tmp_path: Path) -> None:
    film = film_with(tmp_path / "film.mkv", has_attachment=True)
    events = run(film, tmp_path / "r.mp4")
    (told,) = [event for event in events if isinstance(event, StreamsCarried)]
    assert [row.stream.kind for row in told.dropped] == ["attachment"]
    assert any("attachment" in line for line in warnings_in(told))
    assert "attachment" in json.loads(events[-1].sidecar.read_text())["dropped"][0]["why"]


def test_what_is_written_about_a_stream_counts_too(tmp_path: Path) -> None:
    """QuickTime has no mark for a commentary; a warning, or with --strict nothing at all."""
    film = film_with(tmp_path / "film.mkv", frames=12, audio=("aac", "aac"))
    events = run(film, tmp_path / "r.mov")
    (told,) = [event for event in events if isinstance(event, StreamsCarried)]
    assert [row.lost for row in told.carried] == [(), (), ("mark comment",)]
    assert any("mark comment" in line for line in lines_of(told))
    assert json.loads(events[-1].sidecar.read_text())["carried"][2]["lost"] == ["mark comment"]
    with pytest.raises(StreamNotCarried, match="stream 2 loses mark comment"):
        run(film, tmp_path / "strict.mov", is_strict=True)
    assert not list(tmp_path.glob("strict*"))  # the work is kept: without --strict it can go on
    assert isinstance(run(film, tmp_path / "strict.mkv", is_strict=True)[-1], Finished)


def test_languages_go_into_quicktime_by_its_own_codes(tmp_path: Path) -> None:
    film = film_with(tmp_path / "film.mkv", frames=12, audio=("aac", "aac", "aac"))  # eng, fra, deu
    run(film, tmp_path / "r.mov")
    found = [stream.language for stream in probe(tmp_path / "r.mov").streams if stream.kind == "audio"]
    assert found == ["eng", "fra", "ger"]
    assert same_language("deu", "ger")
    assert same_language(None, "und")
    assert not same_language("deu", "eng")
    assert [for_quicktime(code) for code in ("zho", "cze", "swe", "eng")] == ["chi", "ces", "sve", "eng"]
