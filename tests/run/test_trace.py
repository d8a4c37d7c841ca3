"""What a trace says of a run: who worked and who waited, in Chrome's format."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tcvc_cli.errors import OutputExists, OutputIsInput
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.options.film import Options
from tcvc_cli.trace import span, tracing, waiting
from tests.material.media_sources import Source, make


def events_in(path: Path) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = json.loads(path.read_text())
    return events


def test_a_span_says_what_was_done_when_and_by_whom(tmp_path: Path) -> None:
    with tracing(tmp_path / "trace.json"), span("outer", "frame 7"), span("inner"):
        pass
    with span("of no trace"):
        pass
    name, inner, outer = events_in(tmp_path / "trace.json")
    assert (name["ph"], name["args"]) == ("M", {"name": "MainThread"})
    assert (inner["name"], inner["ph"], inner["args"]) == ("inner", "X", {})
    assert (outer["name"], outer["cat"], outer["args"]) == ("outer", "work", {"detail": "frame 7"})
    assert outer["ts"] <= inner["ts"] <= inner["ts"] + inner["dur"] <= outer["ts"] + outer["dur"] + 0.2


def test_short_waits_are_left_out_and_an_empty_trace_is_one(tmp_path: Path) -> None:
    with tracing(tmp_path / "trace.json"), waiting("waiting for nothing"):
        pass
    assert events_in(tmp_path / "trace.json") == []


def options_for(folder: Path, trace: Path) -> Options:
    film = make(folder / "film.mkv", Source(frames=20, height=48, width=64))
    output = folder / "film.color.mkv"
    return Options(film, output, color_parts="recolour", model_size_px=64, device="cpu", trace_file=trace)


def test_a_run_shows_its_stages_side_by_side(tmp_path: Path) -> None:
    trace = tmp_path / "trace.json"
    list(colorize(options_for(tmp_path, trace)))
    events = events_in(trace)
    threads = {one["tid"]: one["args"]["name"] for one in events if one["ph"] == "M"}
    done = {(threads[one["tid"]].split()[0], one["name"]) for one in events if one["ph"] == "X"}
    for work in (("decode", "decode"), ("model", "window"), ("paint", "paint"), ("encode", "encode")):
        assert work in done
    assert {("model", "flow"), ("model", "look")} <= done
    encoded = [one["args"]["detail"] for one in events if one["name"] == "encode"]
    assert encoded == [f"frame {number}" for number in range(20)]


def test_a_trace_replaces_nothing_unasked_and_never_the_film(tmp_path: Path) -> None:
    trace = tmp_path / "trace.json"
    trace.write_text("mine")
    options = options_for(tmp_path, trace)
    before = options.input.read_bytes()
    with pytest.raises(OutputExists):
        list(colorize(options))
    with pytest.raises(OutputIsInput):
        list(colorize(replace(options, trace_file=options.input, on_existing="overwrite")))
    assert (trace.read_text(), options.input.read_bytes()) == ("mine", before)
    list(colorize(replace(options, on_existing="overwrite")))
    assert events_in(trace)
