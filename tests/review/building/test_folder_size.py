"""A page of many shots stays small."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.review_folder import make_films
from tcvc_cli.review.page.pictures.shares import share_of
from tests.material.review_page import built, frames_of_clip, request_of, shot_in


@pytest.mark.parametrize("shots", [1, 60, 166, 500, 1000])
def test_shares_add_up(shots: int) -> None:
    share = share_of(shots)
    assert shots * share.shot_bytes <= 50_000_000
    parts = 2 * share.thumb_bytes + 4 / 3 * (share.light_bytes + 9 * share.color_bytes(9))
    assert parts < 0.75 * share.shot_bytes
    assert share.clip_bytes(round(parts)) * 4 / 3 >= 0.25 * share.shot_bytes - 2


@pytest.mark.slow
def test_five_hundred_shots_stay_under_sixty_megabytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By sixty, each with the share of one of five hundred; their textures have detail of all kinds."""
    monkeypatch.setattr("tcvc_cli.review.page.build.share_of", lambda shots: share_of(500))
    film, result, rows = make_films(tmp_path, 60, 6, (480, 360))
    request = request_of(film, result, shots_file=rows)
    folder = built(request).folder
    size = sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())
    assert size * 500 / 60 < 60e6
    clip = shot_in(folder, 7)["clip"]
    assert len(frames_of_clip(clip, tmp_path)) == len(clip["frames"]) >= 4
