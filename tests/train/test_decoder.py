"""Stored features and the decoder that learns from them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from skimage import data

from tcvc_cli.cli.main import main
from tcvc_cli.errors import UnreadableInput
from tcvc_cli.model.networks.dino import TAPS, Anchors
from tcvc_cli.model.networks.vit import WIDTH, VisionTransformer
from tcvc_cli.train import decoder
from tcvc_cli.train.config import DecoderConfig
from tcvc_cli.train.material import features, sources
from tcvc_cli.train.material import items as material
from tcvc_cli.train.material.features import SIDE_PX, FeatureStore, Item, Shown


@pytest.fixture(scope="module")
def photograph() -> NDArray[np.uint8]:
    return np.ascontiguousarray(data.coffee()[::2, ::2])


@pytest.fixture
def encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    def tokens(_: Any, shown: Sequence[Any]) -> NDArray[np.float16]:
        rng = np.random.default_rng(int(shown[0].signal.sum()))
        return rng.normal(size=(len(shown), len(TAPS), 145, WIDTH)).astype(np.float16)

    monkeypatch.setattr(features, "tokens_of", tokens)


NO_NETWORK = cast(VisionTransformer, None)  # its tokens are made up by the fixture `encoder`


def shown_items(photograph: NDArray[np.uint8], count: int) -> Iterator[tuple[Item, Shown]]:
    rng = np.random.default_rng(0)
    for number in range(count):
        yield Item("split/cups", f"{number}.jpg"), features.show_for_training(photograph, rng)


@pytest.fixture
def stores(tmp_path: Path, photograph: NDArray[np.uint8], encoder: None) -> Path:
    for name in ("train", "validation"):
        list(features.fill(tmp_path / name, NO_NETWORK, shown_items(photograph, 6)))
    return tmp_path


def write_sources(root: Path, photograph: NDArray[np.uint8], sizes: Mapping[str, int]) -> Path:
    for name, count in sizes.items():
        (root / name).mkdir(parents=True)
        for number in range(count):
            cv2.imwrite(str(root / name / f"{number:03d}.jpg"), photograph[:160, :200])
    return root


def test_any_first_part_of_the_photographs_holds_every_source(
    tmp_path: Path, photograph: NDArray[np.uint8]
) -> None:
    root = write_sources(tmp_path, photograph[::2, ::2], {"large": 200, "small": 21, "brischool": 4})
    found = sources.find_sources([root])
    names = [path.parent.name for path in found.train]
    assert (names.count("large"), names.count("small")) == (190, 19)
    assert 2 <= names[:42].count("small") <= 12
    assert len(found.validation["brischool"]) == 4  # a source that is held out is so as a whole
    assert len(found.validation["large"]) == 10
    assert found == sources.find_sources([root])


def test_no_photographs_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput):
        sources.find_sources([tmp_path])


def test_collages_and_banners_are_left_out(photograph: NDArray[np.uint8]) -> None:
    assert sources.is_plain(photograph)
    assert not sources.is_plain(photograph[:80])
    dark = photograph // 2
    beside = np.hstack([dark[:, :150], np.full_like(dark[:, :4], 255), dark[:, 150:]])
    assert not sources.is_plain(beside)
    assert not sources.is_plain(np.ascontiguousarray(beside.transpose(1, 0, 2)))


def test_what_is_shown_is_the_grey_of_the_colours_beside_it(photograph: NDArray[np.uint8]) -> None:
    shown = features.show_for_validation(photograph)
    assert shown.signal.shape == (SIDE_PX, SIDE_PX)
    assert shown.ab.shape == (SIDE_PX // 2, SIDE_PX // 2, 2)
    half = photograph.shape[0] // 2
    middle = photograph[:, photograph.shape[1] // 2 - half :][:, : 2 * half]
    grey = cv2.cvtColor(middle, cv2.COLOR_RGB2GRAY)
    grey = cv2.resize(grey, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
    assert np.abs(shown.signal.astype(int) - grey).mean() < 2
    assert shown.ab[..., 1].mean() > 10  # the cup stands on wood


def test_a_store_goes_on_after_its_last_whole_item(
    tmp_path: Path, photograph: NDArray[np.uint8], encoder: None
) -> None:
    lines = list(features.fill(tmp_path / "s", NO_NETWORK, shown_items(photograph, 40), most=20))
    assert lines == ["s: 16", "s: 20"]
    with (tmp_path / "s" / "index.jsonl").open("a") as index:
        index.write('{"source": "half wri')  # as a kill would leave it
    assert len(FeatureStore(tmp_path / "s").items()) == 20
    list(features.fill(tmp_path / "s", NO_NETWORK, shown_items(photograph, 40)))
    store = FeatureStore(tmp_path / "s")
    assert [item.file for item in store.items()] == [f"{n}.jpg" for n in range(40)]
    expected = [shown.signal for _, shown in shown_items(photograph, 40)]
    np.testing.assert_array_equal(store.arrays(40)["grey.u8"], expected)
    assert list(features.fill(tmp_path / "s", NO_NETWORK, iter(()))) == []  # it is whole


def test_mirrored_tokens_are_those_of_the_mirrored_place(stores: Path) -> None:
    batch = decoder.read_batch(FeatureStore(stores / "train"), np.array([1, 4]), 6)
    mirrored = decoder.mirrored(batch)
    grid = batch.tokens[:, :, 1:].reshape(2, len(TAPS), 12, 12, WIDTH)
    torch.testing.assert_close(mirrored.tokens[:, :, 1:].reshape(grid.shape)[:, :, 3, 0], grid[:, :, 3, 11])
    torch.testing.assert_close(mirrored.tokens[:, :, 0], batch.tokens[:, :, 0])
    torch.testing.assert_close(mirrored.ab[..., 0], batch.ab[..., -1])
    torch.testing.assert_close(mirrored.lightness[..., 0], batch.lightness[..., -1])


def run(stores: Path, work: Path, steps: int | None) -> list[dict[str, float | str] | dict[str, float]]:
    work.mkdir(exist_ok=True)
    config = DecoderConfig(
        place_steps=2, refine_steps=2, batch=3, refine_batch=2, warmup_steps=1, save_every=1
    )
    lines = decoder.train_decoder(stores, work, config)
    return [json.loads(line) for line in itertools.islice(lines, steps)]


@pytest.mark.slow
def test_a_stopped_training_goes_on_to_the_same_weights(stores: Path) -> None:
    whole = run(stores, stores / "whole", None)
    run(stores, stores / "stopped", 2)
    run(stores, stores / "stopped", None)
    one, other = (
        torch.load(stores / name / "decoder.pt", weights_only=True) for name in ("whole", "stopped")
    )
    assert one["step"] == other["step"] == 4
    for name, weights in one["average"].items():
        assert torch.equal(weights, other["average"][name]), name
    assert {row["validation"] for row in whole if "validation" in row} == {"split"}
    assert all(row["pictures"] == 6 for row in whole if "validation" in row)


@pytest.mark.slow
def test_learning_brings_the_losses_down(stores: Path) -> None:
    torch.manual_seed(0)
    network = Anchors()
    config = DecoderConfig()
    batch = decoder.read_batch(FeatureStore(stores / "train"), np.arange(6), 6)
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    totals = []
    for step in (*range(6), config.place_steps, config.place_steps + 1):
        cells = decoder.draw_cells(config, step)
        assert (cells is None) == (step < config.place_steps)
        losses = decoder.losses_of(network, batch, config, cells)
        total = torch.stack(list(losses.values())).sum()
        optimizer.zero_grad()
        total.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        totals.append(float(total.detach()))
    assert set(losses) == {"distribution", "diversity", "mean", "amount", "level"}
    assert totals[5] < 0.9 * totals[0]
    assert totals[-1] < totals[0]


def test_the_trained_network_is_the_checkpoints_average(stores: Path) -> None:
    run(stores, stores / "run", None)
    network = decoder.trained_network(stores / "run" / "decoder.pt", VisionTransformer())
    average = torch.load(stores / "run" / "decoder.pt", weights_only=True)["average"]
    name = "decoder.places.place.0.weight"
    torch.testing.assert_close(network.state_dict()[name], average[name])
    assert not network.training


def test_photographs_and_frames_of_films_are_shown_in_turn(
    tmp_path: Path, photograph: NDArray[np.uint8]
) -> None:
    photographs = write_sources(tmp_path / "photographs", photograph, {"cups": 60, "tehama": 3})
    films = tmp_path / "films"
    write_sources(films, photograph, {"clip": 9})
    (films / "SOURCES.md").write_text("no film")
    found = sources.find_sources([photographs])
    shown = [item.source for item, _ in material.training_items(found, films)]
    assert shown.count("photograph/cups") == 57
    assert shown.index("film/clip") == 24
    assert shown.count("film/clip") == 2
    kinds = [item.kind for item, _ in material.validation_items(found, films)]
    assert (kinds.count("split"), kinds.count("held-out"), kinds.count("film")) == (3, 3, 6)


def test_the_commands_store_features_and_learn_from_them(
    tmp_path: Path,
    photograph: NDArray[np.uint8],
    encoder: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    photographs = write_sources(tmp_path / "photographs", photograph, {"cups": 24, "tehama": 2})
    monkeypatch.setattr("tcvc_cli.train.dinov2.published_encoder", lambda graph: None)
    graph, config = tmp_path / "graph.onnx", tmp_path / "few.toml"
    graph.touch()
    config.write_text("[decoder]\nplace_steps = 1\nrefine_steps = 1\nbatch = 2\nrefine_batch = 2\n")
    stored = ["--photographs", str(photographs), "--encoder", str(graph), "--work", str(tmp_path / "f")]
    assert main(["train", "features", *stored, "--most", "20"]) == 0
    assert capsys.readouterr().out.splitlines() == ["validation: 4", "train: 16", "train: 20"]
    assert main(["train", "features", *stored]) == 0
    assert capsys.readouterr().out.splitlines() == ["train: 22"]
    learned = ["--features", str(tmp_path / "f"), "--work", str(tmp_path / "d"), "--config", str(config)]
    assert main(["train", "decoder", *learned]) == 0
    assert (tmp_path / "d" / "decoder.pt").exists()
