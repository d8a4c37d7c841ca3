"""The ONNX model that docs/colorizers.md wraps, with a tiny one in its place, through the command itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tcvc_cli.color.chroma import rgb_from_planes
from tcvc_cli.color.lab import lab_from_rgb
from tcvc_cli.color.matrix import with_matrix
from tcvc_cli.files import sha256_of
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tests.material.onnx_models import colorizer_model, expected_ab
from tests.material.packages import documented, install_documented_onnx
from tests.material.present import present

MOST_LINES = 30
_LOOK = """
import torch
from onnx_colors import FromOnnx
lightness = torch.linspace(20, 80, 96)[None, None, None].expand(2, 1, 64, 96).clone()
lightness[1] = 50
with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
    ab = FromOnnx(torch.device("cpu")).colorize(lightness)
assert ab.shape == (2, 2, 16, 24), ab.shape
assert ab.dtype == torch.float32
a = 0.3 * torch.nn.functional.avg_pool2d(lightness, 4) - 5
assert (ab[:, :1] - a)[..., 1:-1].abs().max() < 0.05
assert (ab[1, 1] - 10).abs().max() < 1e-4
"""


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shelf")
    install_documented_onnx(folder, colorizer_model())
    return folder


def python(shelf: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(shelf), os.environ.get("PYTHONPATH", "")]),
    }
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300, check=False)


def test_the_example_is_short() -> None:
    assert len(documented("python")[1].splitlines()) <= MOST_LINES


def test_it_gives_the_models_colours_at_any_size(shelf: Path) -> None:
    done = python(shelf, "-c", _LOOK)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_a_film_gets_the_colours_of_the_model(shelf: Path, example_film: Path, tmp_path: Path) -> None:
    """Where luma leaves room for them: for each cell of the picture, what the model says of its lightness."""
    output = tmp_path / "film.mkv"
    wanted = ("--model", "mine", "--end", "0.4", "--preset", "master", "-q")
    done = python(shelf, "-m", "tcvc_cli", "colorize", example_film, "-o", output, *wanted)
    assert done.returncode == 0, done.stderr
    film, frames = probe(output), list(read_frames(probe(output), 0, 100))
    assert len(frames) == 10
    for frame in frames:
        planes = frame.luma, present(frame.cb), present(frame.cr)
        color = with_matrix(film.color, height_px=film.height_px)
        rgb = rgb_from_planes(*planes, pixel_format=film.pixel_format, color=color)
        lab = lab_from_rgb(np.clip(rgb, 0, 1).astype(np.float32))
        cells = lab.reshape(film.height_px // 24, 24, film.width_px // 24, 24, 3).mean((1, 3))
        middle = (cells[..., 0] > 35) & (cells[..., 0] < 75)
        assert middle.sum() > 50
        apart = np.linalg.norm(cells[..., 1:] - expected_ab(cells[..., 0]), axis=-1)[middle]
        assert np.median(apart) < 1
        assert np.quantile(apart, 0.9) < 4
    model = json.loads(Path(f"{output}.json").read_text("utf-8"))["model"]
    hash_of_model = sha256_of(shelf / "onnx_colors" / "model.onnx")
    assert model == {"name": "mine", "weights_sha256": f"onnx-colors 1.0: {hash_of_model}"}
