"""The command that colours again: what was given then, and nothing that a stranger put into a sidecar."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import typer

from tcvc_cli.cli.main import app
from tcvc_cli.color.grade import HueMap
from tcvc_cli.plain import to_plain
from tcvc_cli.records import FrameRange
from tcvc_cli.review.page.command import coloring_command, given_options
from tcvc_cli.review.subject import Subject, subject_of
from tcvc_cli.run.options.film import Options
from tcvc_cli.settings.film.decisions import Point


@pytest.fixture
def subject(colored: Path, monkeypatch: pytest.MonkeyPatch) -> Subject:
    """Its films are called as somebody in their folder calls them."""
    monkeypatch.chdir(colored.parent)
    return subject_of(Path("film.mkv"))


def coloured_with(subject: Subject, options: Mapping[str, Any]) -> Subject:
    assert subject.sidecar is not None
    return replace(subject, sidecar=replace(subject.sidecar, options=options))


def further(subject: Subject, options: Mapping[str, Any]) -> list[str]:
    """The words after those that are always there."""
    words = coloring_command(coloured_with(subject, options))
    assert words[:3] == ("tcvc", "colorize", "film.mkv")
    assert words[-1] == "-y"
    return list(words[3:-1])


def test_of_a_plain_run_there_is_nothing_to_say(subject: Subject) -> None:
    assert subject.sidecar is not None
    assert coloring_command(subject) == ("tcvc", "colorize", "film.mkv", "-y")
    assert further(subject, to_plain(Options(Path("film.mkv"), None, is_fresh=True))) == []
    assert coloring_command(subject, Path("film.tcvc.toml"))[3:] == ("-y",)
    assert coloring_command(subject, Path("-s.toml"))[3:] == ("--settings", "./-s.toml", "-y")


def test_all_that_was_given_is_given_again(subject: Subject) -> None:
    given = Options(
        Path("elsewhere.mkv"),
        Path("/etc/passwd"),
        model="tcvc-mini",
        device="cpu",
        warmth=-0.25,
        saturation=1.5,
        hue_maps=(HueMap(290.0, 40.0, 30.5, 0.5),),
        points=(Point(7, 0.25, 1e-05, (107, 74, 43)), Point(8, 0.5, 0.5, None, 0.1)),
        vivid=0.5,
        color_parts="recolour",
        references=(Path("refs"), Path("-r.png")),
        references_between=FrameRange(3, 9),
        is_shot_alone=True,
        palette=2,
        interval_frames=12,
        preset="master",
        crf=None,
        encoder_options=(("slices", "4"),),
        on_existing="skip",
        is_dry_run=True,
        is_fresh=True,
        memory_mib=512,
        work_folder=Path("/tmp/elsewhere"),
        start_s=Fraction("1.25"),
        end_s=Fraction(3),
        shots_file=Path("shots.csv"),
    )
    words = further(subject, json.loads(json.dumps(to_plain(given))))
    assert "/etc/passwd" not in words
    assert not any("elsewhere" in word for word in words)
    assert [one for one in words if one in ("--warmth=-0.25", "--refs", "refs", "./-r.png")] == [
        "--warmth=-0.25",
        "--refs",
        "refs",
        "--refs",
        "./-r.png",
    ]
    again = read(["film.mkv", *words])
    for name, value in given_options(coloured_with(subject, to_plain(given))).items():
        assert value == getattr(given, name)
        assert name in again
    assert again["start_s"] == Fraction("1.25")
    assert again["memory_mib"] == 512
    assert again["points"] == ["7,0.25,1e-05,#6b4a2b,0.02", "8,0.5,0.5,none,0.1"]


def read(words: list[str]) -> dict[str, Any]:
    """What `tcvc colorize` takes these words for."""
    command = typer.main.get_command(app).commands["colorize"]  # type: ignore[attr-defined]
    return dict(command.make_context("colorize", words).params)


@pytest.mark.parametrize(
    "options",
    [
        {"model": "-y"},
        {"model": "a b; rm -rf ~"},
        {"model": 7},
        {"model": None},
        {"device": "cuda:0; echo"},
        {"interval_frames": 0},
        {"interval_frames": True},
        {"interval_frames": "16"},
        {"warmth": 2.0},
        {"saturation": float("inf")},
        {"palette": 5},
        {"preset": "--help"},
        {"encoder": "../libx264"},
        {"encoder": "--output=/etc/passwd"},
        {"encoder_options": [["x264-params", "pass=1:stats=/home/somebody/.bashrc"]]},
        {"encoder_options": [["stats", "x"]]},
        {"encoder_options": [["-y", "x"]]},
        {"encoder_options": ["slices=4"]},
        {"start_s": "1/3"},
        {"start_s": "-1"},
        {"is_proved": "yes"},
        {"is_proved": 1},
        {"references": "refs"},
        {"references": ["a\0b"]},
        {"hue_maps": [{"from_degrees": 10.0, "to_degrees": 20.0, "width_degrees": 999.0}]},
        {"hue_maps": [{"from_degrees": -10.0, "to_degrees": 20.0}]},
        {"points": [{"frame": -4, "x": 0.1, "y": 0.1, "color": [0, 0, 0]}]},
        {"points": [{"frame": 4, "x": 0.1, "y": 0.1, "color": [0, 0, 999]}]},
        {"points": [{"frame": 4, "x": 5.0, "y": 0.1, "color": [0, 0, 9]}]},
        {"trace_file": "/etc/passwd"},
        {"sign": ["/etc/passwd", "/etc/shadow"]},
        {"output": "/etc/passwd", "work_folder": "/", "name_tag": "../../x", "settings_file": "/etc/shadow"},
        {"on_existing": "overwrite", "pipe_format": "nut", "is_dry_run": True, "memory_shares": 4},
        {"start_s": "4", "end_s": "2"},
        {"nothing": "--help", "--output": "x"},
    ],
    ids=str,
)
def test_what_could_not_have_been_given_is_left_out(subject: Subject, options: Mapping[str, Any]) -> None:
    assert further(subject, options) == []


def test_a_result_of_another_name_is_named(colored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(colored.parent)
    for ending in (".mkv", ".mkv.json"):
        Path(f"film.color{ending}").rename(f"-mine{ending}")
    words = coloring_command(subject_of(Path("film.mkv"), Path("-mine.mkv")))
    assert words == ("tcvc", "colorize", "film.mkv", "-o", "./-mine.mkv", "-y")
    assert read(list(words[2:]))["output"] == Path("-mine.mkv")
