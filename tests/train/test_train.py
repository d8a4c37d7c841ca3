"""Training: pairs, losses, resume."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from skimage import data

from tcvc_cli.errors import UnreadableInput, UsageError
from tcvc_cli.model.networks.bins import ab_bins
from tcvc_cli.train import anchors, dials, propagation
from tcvc_cli.train.checkpoint import save_checkpoint
from tcvc_cli.train.config import FilmsConfig, PhotographsConfig, load
from tcvc_cli.train.losses import bin_rarity, distribution_loss, encode, ranked_diversity_loss
from tcvc_cli.train.material import ageing, motion, photographs
from tests.material.fresh_mini import fresh_mini


@pytest.fixture(scope="module")
def pictures() -> list[NDArray[np.uint8]]:
    names = ("astronaut", "coffee", "chelsea")
    return [np.ascontiguousarray(getattr(data, name)()[::2, ::2, :3]) for name in names]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, pictures: Sequence[NDArray[np.uint8]]) -> Path:
    root = tmp_path_factory.mktemp("photographs")
    for number in range(24):
        part = np.ascontiguousarray(np.roll(pictures[number % 3], 7 * number, 1))
        (root / "all").mkdir(exist_ok=True)
        cv2.imwrite(str(root / "all" / f"{number:02d}.jpg"), part[..., ::-1])
    return root


def test_every_twentieth_photograph_is_kept_for_validation(folder: Path) -> None:
    parts = photographs.split(folder)
    assert [path.name for path in parts.validation] == ["00.jpg", "20.jpg"]
    assert len(parts.train) == 22
    assert not set(parts.train) & set(parts.validation)


def test_no_photographs_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput):
        photographs.split(tmp_path)


def test_a_batch_depends_on_its_seed_alone(pictures: list[NDArray[np.uint8]]) -> None:
    first, again, other = (
        photographs.make_batch(pictures, 64, 4, np.random.default_rng(seed))
        for seed in ((0, 7), (0, 7), (0, 8))
    )
    np.testing.assert_array_equal(first.lightness, again.lightness)
    assert np.abs(first.ab - other.ab).max() > 1
    assert first.lightness.shape == (4, 1, 64, 64)
    assert first.ab.shape == (4, 16, 16, 2)


def test_orthochromatic_film_does_not_see_red() -> None:
    rng = np.random.default_rng(0)
    reds = [ageing.emulsion(rng)[0] for _ in range(400)]
    assert min(reds) < 0.05
    assert np.isclose([ageing.emulsion(rng).sum() for _ in range(50)], 1).all()


def test_ranked_diversity_is_the_formula_of_the_paper() -> None:
    torch.manual_seed(0)
    guesses, truth = torch.randn(3, 4, 2, 5, 5) * 20, torch.randn(3, 2, 5, 5) * 20
    total = 0.0
    for picture in range(3):
        far = [float((guesses[picture, i] - truth[picture]).abs().mean()) / 110 for i in range(4)]
        total += min(far) + sum(w * f for w, f in zip((0.08, 0.04, 0.02, 0.01), far, strict=True))
    assert float(ranked_diversity_loss(guesses, truth)) == pytest.approx(total / 3, rel=1e-5)


def test_the_distribution_that_is_asked_for_costs_least() -> None:
    ab = np.full((1, 4, 4, 2), (23.0, -11.0), np.float32)
    bins, weights = encode(ab)
    rarity = bin_rarity(np.full(len(ab_bins()), 1 / len(ab_bins())), 0.5)
    right = torch.full((1, len(ab_bins()), 4, 4), -20.0).scatter(1, bins, torch.log(weights + 1e-9))
    wrong = right.roll(40, 1)
    assert distribution_loss(right, bins, weights, rarity) < 0.1 * distribution_loss(
        wrong, bins, weights, rarity
    )


def test_regularization_is_nothing_for_colours_that_move_with_the_film() -> None:
    film = torch.from_numpy(np.stack([np.roll(data.camera()[::4, ::4], 2 * t, 1) for t in range(5)]) / 2.55)
    network = fresh_mini()
    sample = propagation.Sample(network, film.float()[:, None], 5)
    small = torch.nn.functional.avg_pool2d(sample.lightness, 4)
    moving = torch.cat([small, -small], 1)[None]
    still = moving[:, :1].expand(-1, 5, -1, -1, -1)
    along = propagation.regularization_loss(moving, *propagation._by_clip(sample))
    against = propagation.regularization_loss(still, *propagation._by_clip(sample))
    assert float(along) < 0.3 * float(against)


def test_faded_colours_cost() -> None:
    ab = torch.full((1, 6, 2, 4, 4), 20.0)
    faded = ab.clone()
    faded[:, 2:4] *= 0.5
    assert float(propagation.anchor_loss(ab)) < 1e-9
    assert float(propagation.anchor_loss(faded)) > 1e-4


def test_synthetic_motion_moves(pictures: list[NDArray[np.uint8]]) -> None:
    film = motion.make_sample([], pictures, 6, 64, 1.0, np.random.default_rng(3))
    assert film.shape == (6, 1, 64, 64)
    assert film.dtype == np.float32
    assert np.abs(film[1:] - film[:-1]).mean() > 0.5


def test_dials_are_turned_as_they_were_tried(pictures: list[NDArray[np.uint8]]) -> None:
    torch.manual_seed(0)
    network = fresh_mini()
    torch.nn.init.normal_(network.head.logits.weight, std=0.3)
    rarity = torch.linspace(-1, 1, len(ab_bins()))
    tried = {
        (one.calm, one.sharpness, one.saturation): one
        for one in dials.survey(network, rarity, pictures[:1], 64)
    }
    features = torch.rand(1, 64, 8, 8)
    share = torch.softmax((network.head.logits(features) - 0.5 * rarity[:, None, None]) * 1.3, 1)
    expected = 1.2 * torch.einsum("bqhw,qc->bchw", share, network.head.bins)
    dials.turn(network.head, rarity, calm=0.5, sharpness=1.3, saturation=1.2)
    torch.testing.assert_close(network.head.annealed_mean(features), expected, rtol=1e-4, atol=1e-4)
    plain, vivid = tried[0.0, 1.0, 1.0], tried[0.0, 1.0, 1.2]
    assert vivid.chroma_share == pytest.approx(1.2 * plain.chroma_share)
    assert len({one.gain_db for one in tried.values()}) == len(tried)


def test_unknown_settings_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("[anchors]\nsteps = 5\nstpes = 6\n")
    with pytest.raises(UsageError, match="stpes"):
        load(PhotographsConfig, file, "anchors")
    file.write_text("[propagation]\nsteps = 5\n")
    assert load(FilmsConfig, file, "propagation").steps == 5


@pytest.mark.slow
def test_a_resumed_training_equals_an_uninterrupted_one(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anchors, "encoder_state", lambda: None)
    monkeypatch.setattr(anchors, "load_pretrained", lambda encoder, state: None)
    config = PhotographsConfig(
        small_steps=2, large_steps=2, batch=2, small_px=64, large_px=(64, 96), save_every=1, warmup_steps=1
    )
    straight, broken = tmp_path / "straight", tmp_path / "broken"
    for work in (straight, broken):
        work.mkdir()
    device = torch.device("cpu")
    list(anchors.train_anchors(folder, straight, config, device))
    stopper = _stop_after(2, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        list(anchors.train_anchors(folder, broken, config, device))
    stopper.undo()
    small = torch.load(broken / "anchors.pt", weights_only=True)["average"]
    list(anchors.train_anchors(folder, broken, config, device))
    one, two = (torch.load(work / "anchors.pt", weights_only=True) for work in (straight, broken))
    assert one["step"] == two["step"] == 4
    for name, value in one["average"].items():
        torch.testing.assert_close(two["average"][name], value, rtol=1e-4, atol=1e-5)
        if "running_" in name:  # batch statistics of small crops are kept, never mixed with later ones
            assert torch.equal(two["average"][name], small[name])


def _stop_after(step: int, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The first run stops right after the checkpoint of `step`, as if killed."""
    real = save_checkpoint

    def save(path: Path, done: int, *rest: Any) -> None:
        real(path, done, *rest)
        if done == step:
            raise KeyboardInterrupt

    with_stop = pytest.MonkeyPatch()
    with_stop.setattr(anchors, "save_checkpoint", save)
    return with_stop


def test_the_log_is_json(folder: Path, tmp_path: Path) -> None:
    line = anchors._log_line(25, anchors.Losses(*(torch.tensor(v) for v in (3.0, 0.1, 0.05))), 20.0)
    assert json.loads(line)["step"] == 25
