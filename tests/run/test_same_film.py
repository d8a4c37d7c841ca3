"""The same film whatever the number of threads and the length of the queues between them."""

from __future__ import annotations

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
