"""What is decided about one shot counts for that shot; one that is like another takes that one's look."""

from __future__ import annotations

import json
import shutil
from collections.abc import Generator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tcvc_cli.plan.takes import takes
from tcvc_cli.records import Shot
from tcvc_cli.run.events import Event, ReferencesFound, ShotStarted
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.film_memory.remember import remember
from tcvc_cli.run.film_memory.take_memory import FilmMemory
from tcvc_cli.run.options.film import Options
from tests.material.colored_films import colors_of
from tests.material.control_page import EDGES

SHOTS = [Shot(start, stop) for start, stop in pairwise(EDGES)]
ROWS = "".join(f"{one.start},{one.stop}\n" for one in SHOTS)


@pytest.fixture
def options(four_shots: Path, tmp_path: Path) -> Options:
    folder = Path(shutil.copytree(four_shots, tmp_path / "films"))
    (folder / "shots.csv").write_text(f"start_frame,stop_frame\n{ROWS}")
    return Options(
        folder / "film.mkv",
        shots_file=folder / "shots.csv",
        on_existing="overwrite",
        model_size_px=64,
        device="cpu",
    )


@pytest.fixture
def frames_in_mind(monkeypatch: pytest.MonkeyPatch) -> list[set[int | None]]:
    """Of each run, the frames that are remembered for the fourth shot."""
    seen = list[set[int | None]]()

    def watched(*arguments: Any) -> Generator[Event, None, FilmMemory]:
        memory = yield from remember(*arguments)
        seen.append({one.frame for one in memory.of(takes(SHOTS)[3]).entries})
        return memory

    monkeypatch.setattr("tcvc_cli.run.computed.first_pass.remember", watched)
    return seen


def run(options: Options, text: str) -> list[Event]:
    options.input.with_name("film.tcvc.toml").write_text(text)
    return list(colorize(options))


def colors(options: Options) -> list[np.ndarray[Any, Any]]:
    return colors_of(options.input.with_name("film.color.mkv"))


def coloured(events: list[Event]) -> list[int]:
    return [one.number for one in events if isinstance(one, ShotStarted)]


def stated(options: Options) -> Any:
    return json.loads(options.input.with_name("film.color.mkv.json").read_text())


def test_a_reference_of_one_shot_counts_for_that_shot_alone(options: Options) -> None:
    run(options, "")
    before = colors(options)
    events = run(options, '[[shot]]\nnumber = 3\nreferences = ["refs/cup.png"]\n')
    (found,) = (one for one in events if isinstance(one, ReferencesFound))
    assert [(one.reference.file.name, one.shots) for one in found.references] == [("cup.png", (3,))]
    assert coloured(events) == [3]  # though the cup is seen in the second
    after = colors(options)
    for number, (start, stop) in enumerate(pairwise(EDGES), 1):
        is_same = all(np.array_equal(before[frame], after[frame]) for frame in range(start, stop))
        assert is_same == (number != 3)
    named = [one["look"]["references"] for one in stated(options)["shots"]]
    assert named == [[], [], [str(options.input.with_name("refs") / "cup.png")], []]


def test_a_shot_like_another_takes_its_look_and_says_so(options: Options) -> None:
    text = (
        "[[shot]]\nnumber = 2\nsaturation = 0.5\nwarmth = 0.25\nhue_maps = ['red -> green']\n"
        "[[shot]]\nnumber = 4\nsame_as = 2\nwarmth = 0\n"
    )
    run(options, text)
    second, fourth = (stated(options)["shots"][number]["look"] for number in (1, 3))
    assert (fourth["same_as"], second["same_as"]) == (2, None)
    assert fourth["grade"] == {**second["grade"], "warmth": 0.0}
    assert (second["grade"]["saturation"], second["grade"]["warmth"]) == (0.5, 0.25)
    assert len(second["grade"]["hue_maps"]) == 1


def test_the_settled_frames_of_the_other_count(
    options: Options, frames_in_mind: list[set[int | None]]
) -> None:
    run(options, "")
    run(options, "[[shot]]\nnumber = 4\nsame_as = 2\n")
    second = set(range(*EDGES[1:3]))
    assert [bool(frames & second) for frames in frames_in_mind] == [False, True]


def test_another_look_of_the_other_makes_both_stale(options: Options) -> None:
    like = "[[shot]]\nnumber = 4\nsame_as = 2\n"
    run(options, like)
    assert coloured(run(options, f"[[shot]]\nnumber = 2\nsaturation = 0.5\n{like}")) == [2, 4]
    assert coloured(run(options, f"[[shot]]\nnumber = 2\nsaturation = 0.5\n{like}")) == []
