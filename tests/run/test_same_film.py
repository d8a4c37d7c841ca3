"""The same film whatever the number of threads and the length of the queues between them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import av
import pytest
import torch

import tcvc_cli.model.runtime
import tcvc_cli.run.film.frames
import tcvc_cli.run.film.missing
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.options.film import Options
from tests.material.media_sources import Source, make
from tests.material.present import present

FRAMES = 45


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("film") / "film.mkv", Source(frames=FRAMES, height=48, width=64))


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    """PyTorch gets back what it had."""
    count = torch.get_num_threads()
    yield
    torch.set_num_threads(count)


def packets_of(film: Path, output: Path, model: str = "tcvc-dino") -> list[bytes]:
    """Of the picture, in the order of the file."""
    list(colorize(Options(film, output, model=model, color_parts="recolour", model_size_px=64, device="cpu")))
    with av.open(str(output)) as result:
        return [bytes(one) for one in result.demux(video=0) if one.size]


@pytest.mark.parametrize("model", ["tcvc-dino", "tcvc-mini"])
def test_threads_and_queues_change_nothing(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    made = dict[tuple[int, int, int], list[bytes]]()
    for count, before, behind in ((2, 16, 8), (1, 16, 8), (5, 1, 1), (1, 64, 64)):
        monkeypatch.setattr(tcvc_cli.model.runtime, "_threads_at_start", lambda count=count: count)
        monkeypatch.setattr(tcvc_cli.run.film.frames, "AHEAD_FRAMES", before)
        monkeypatch.setattr(tcvc_cli.run.film.missing, "BEHIND_FRAMES", behind)
        output = tmp_path / f"{count}-{before}-{behind}.mkv"
        made[count, before, behind] = packets_of(film, output, model)
    first, *others = made.values()
    assert len(first) == FRAMES
    assert all(one == first for one in others)
    colors = [frame.cb for frame in read_frames(probe(tmp_path / "2-16-8.mkv"))]
    assert any(present(one).std() > 0 for one in colors)


_ON_CORES = """
import os, sys
os.sched_setaffinity(0, set(map(int, sys.argv[1].split(","))))
from tcvc_cli.cli.main import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cores cannot be chosen here")
def test_one_core_and_all_make_the_same_film(film: Path, tmp_path: Path) -> None:
    """A process counts its cores when it begins, so each is one of its own."""
    every = sorted(os.sched_getaffinity(0))
    ways = {"one, three threads": (every[:1], "3"), "all": (every, None)}
    made = dict[str, list[bytes]]()
    for name, (cores, threads) in ways.items():
        output = tmp_path / f"{name}.mkv"
        environment = {key: value for key, value in os.environ.items() if key != "OMP_NUM_THREADS"}
        if threads is not None:
            environment["OMP_NUM_THREADS"] = threads
        command = ["colorize", str(film), "-o", str(output), "--model-size", "64", "--device", "cpu", "-q"]
        command += ["--model", "tcvc-mini", "--colour-parts", "recolour", "--end", "0.4"]
        numbers = ",".join(map(str, cores))
        subprocess.run([sys.executable, "-c", _ON_CORES, numbers, *command], env=environment, check=True)
        with av.open(str(output)) as result:
            made[name] = [bytes(one) for one in result.demux(video=0) if one.size]
    assert len(made["all"]) > 8
    assert made["all"] == made["one, three threads"]
