"""What is decided for a film counts for one that is coloured as it comes, as far as it can."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.errors import UsageError
from tcvc_cli.run.events import Warned
from tests.material.live_material import LiveRun, live_options, planes_of, scenes, y4m


def run_with(folder: Path, text: str) -> tuple[LiveRun, bytes]:
    """On six frames; the run, and what came out."""
    file = folder / "film.tcvc.toml"
    file.write_text(text)
    run = LiveRun(live_options(settings_file=file))
    return run, run.result(y4m(scenes([6])))


def chroma_with(folder: Path, text: str) -> tuple[LiveRun, NDArray[np.int_]]:
    """The run, and how far from grey its frames are."""
    run, out = run_with(folder, text)
    return run, np.abs(planes_of(out)[1].astype(int) - 128)


def test_the_looks_of_the_film_count_and_those_of_shots_are_said_not_to(tmp_path: Path) -> None:
    _, plain = chroma_with(tmp_path, "")
    run, pale = chroma_with(tmp_path, "[film]\nsaturation = 0.25\n[[shot]]\nnumber = 1\nsaturation = 4\n")
    assert 0 < pale.mean() < plain.mean() / 2
    said = [one.message for one in run.events if isinstance(one, Warned)]
    assert said == ["shots are not known beforehand: of the settings, what is decided for all counts"]


def test_a_film_that_is_kept_stays_grey(tmp_path: Path) -> None:
    _, kept = chroma_with(tmp_path, "[film]\nkeep = true\n")
    assert kept.shape[0] == 6
    assert not kept.any()


def test_references_are_refused(tmp_path: Path) -> None:
    run, out = run_with(tmp_path, "[film]\nreferences = ['cup.png']\n")
    assert out == b""
    assert isinstance(run.error, UsageError)
    assert "knows no references, and film.tcvc.toml has some for the film" in str(run.error)
