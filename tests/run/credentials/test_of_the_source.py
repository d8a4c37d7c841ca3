"""Credentials that a source has of its own go on in a signed result, and are named as lost in another."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from tcvc_cli.cli.main import main
from tcvc_cli.media.structure.content_credentials import has_credentials
from tests.material.certificates import make_pair
from tests.material.media_sources import Source, make

pytest.importorskip("c2pa")
QUICK = ["--model-size", "64", "--device", "cpu", "-q", "--colour-parts", "recolour"]


def signed(folder: Path, suffix: str) -> Path:
    source, result = folder / "source.png", folder / f"signed{suffix}"
    if suffix in (".mp4", ".mov"):
        source = make(folder / "source.mkv", Source(codec="ffv1", pixel_format="gray", frames=2))
    else:
        assert cv2.imwrite(str(source), np.add.outer(np.arange(60), np.arange(80)).astype(np.uint8))
    pair = make_pair(folder)
    assert main(["colorize", str(source), "-o", str(result), *pair.options, *QUICK]) == 0
    return result


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".png", ".jpg", ".tif"])
def test_what_a_source_says_is_not_lost_in_silence(
    suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film, result = signed(tmp_path, suffix), tmp_path / f"result{suffix}"
    capsys.readouterr()
    assert main(["colorize", str(film), "-o", str(result), *QUICK]) == 0
    assert "content credentials" in capsys.readouterr().err
    (picture,) = json.loads(result.with_name(result.name + ".json").read_text())["carried"]
    assert "content credentials" in picture["lost"]
    strict = tmp_path / f"strict{suffix}"
    assert main(["colorize", str(film), "-o", str(strict), *QUICK, "--strict"]) == 4
    assert not strict.exists()


@pytest.mark.parametrize("suffix", [".mp4", ".png"])
def test_what_says_nothing_of_itself_loses_nothing(suffix: str, tmp_path: Path) -> None:
    film = tmp_path / f"film{suffix}"
    if suffix == ".mp4":
        make(film, Source(frames=2))
    else:
        assert cv2.imwrite(str(film), np.zeros((8, 8), np.uint8))
    assert not has_credentials(film, is_photograph=suffix == ".png")
