"""Stored features, and the stages of tcvc-dino that learn from them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from skimage import data

from tcvc_cli.cli.main import main
from tcvc_cli.errors import UnreadableInput, UsageError
from tcvc_cli.model.networks.dino import MEMBERS, TAPS, Dino, by_place
from tcvc_cli.model.networks.vit import WIDTH, VisionTransformer
from tcvc_cli.model.runtime import load_network
from tcvc_cli.train.batches import Shuffled, mirrored, read_batch
from tcvc_cli.train.config import JoinConfig, PlacesConfig
from tcvc_cli.train.join import assembled, train_join, unseen
from tcvc_cli.train.losses import color_loss, worlds_loss
from tcvc_cli.train.material import features, sources
from tcvc_cli.train.material import items as material
from tcvc_cli.train.material.features import FeatureStore, Item, Shown
from tcvc_cli.train.places import may_see, train_places, trained_places


@pytest.fixture(scope="module")
def photograph() -> NDArray[np.uint8]:
    return np.ascontiguousarray(data.coffee()[::2, ::2])


@pytest.fixture
def encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    def tokens(_: Any, shown: Sequence[Any]) -> NDArray[np.float16]:
        rng = np.random.default_rng(int(shown[0].signal.sum()))
        places = (shown[0].signal.shape[0] // 14) ** 2
        return rng.normal(size=(len(shown), len(TAPS), 1 + places, WIDTH)).astype(np.float16)

    monkeypatch.setattr(features, "tokens_of", tokens)


NO_NETWORK = cast(VisionTransformer, None)  # its tokens are made up by the fixture `encoder`
SIDE_PX = 56


def shown_items(
    photograph: NDArray[np.uint8], count: int, side_px: int = SIDE_PX
) -> Iterator[tuple[Item, Shown]]:
    rng = np.random.default_rng(0)
    for number in range(count):
        item = Item(f"split/cups-{number}", f"{number}.jpg")
        yield item, features.show_for_training(photograph, rng, side_px)


@pytest.fixture
def stores(tmp_path: Path, photograph: NDArray[np.uint8], encoder: None) -> tuple[Path, Path]:
    """Two folders of stores, whose squares are of two sizes."""
    folders = tmp_path / "large", tmp_path / "small"
    for folder, side in zip(folders, (SIDE_PX, 28), strict=True):
        for name in ("train", "validation"):
            store = FeatureStore.at(folder / name, side)
            list(features.fill(store, NO_NETWORK, shown_items(photograph, 6, side)))
    return folders


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
    shown = features.show_for_validation(photograph, 168)
    assert shown.signal.shape == (168, 168)
    assert shown.ab.shape == (42, 42, 2)
    half = photograph.shape[0] // 2
    middle = photograph[:, photograph.shape[1] // 2 - half :][:, : 2 * half]
    grey = cv2.cvtColor(middle, cv2.COLOR_RGB2GRAY)
    grey = cv2.resize(grey, (168, 168), interpolation=cv2.INTER_AREA)
    assert np.abs(shown.signal.astype(int) - grey).mean() < 2
    assert shown.ab[..., 1].mean() > 10  # the cup stands on wood


def test_a_store_goes_on_after_its_last_complete_item(
    tmp_path: Path, photograph: NDArray[np.uint8], encoder: None
) -> None:
    store = FeatureStore.at(tmp_path / "s", SIDE_PX)
    lines = list(features.fill(store, NO_NETWORK, shown_items(photograph, 40), most=20))
    assert lines == ["s: 16", "s: 20"]
    with (tmp_path / "s" / "index.jsonl").open("a") as index:
        index.write('{"source": "half wri')  # as a kill would leave it
    assert len(FeatureStore(tmp_path / "s").items()) == 20
    list(features.fill(store, NO_NETWORK, shown_items(photograph, 40)))
    assert [item.file for item in store.items()] == [f"{n}.jpg" for n in range(40)]
    expected = [shown.signal for _, shown in shown_items(photograph, 40)]
    np.testing.assert_array_equal(store.arrays(40)["grey.u8"], expected)
    assert list(features.fill(store, NO_NETWORK, iter(()))) == []  # it is complete


def test_a_store_keeps_to_the_size_of_its_squares(tmp_path: Path) -> None:
    FeatureStore.at(tmp_path / "s", 56)
    assert FeatureStore(tmp_path / "s").side_px == 56
    with pytest.raises(UsageError):
        FeatureStore.at(tmp_path / "s", 84)
    with pytest.raises(UnreadableInput):
        FeatureStore(tmp_path)


def test_mirrored_tokens_are_those_of_the_mirrored_place(stores: tuple[Path, Path]) -> None:
    batch = read_batch(FeatureStore(stores[0] / "train"), np.array([1, 4]), 6)
    mirror = mirrored(batch)
    grid = batch.tokens[:, :, 1:].reshape(2, len(TAPS), 4, 4, WIDTH)
    torch.testing.assert_close(mirror.tokens[:, :, 1:].reshape(grid.shape)[:, :, 3, 0], grid[:, :, 3, 3])
    torch.testing.assert_close(mirror.tokens[:, :, 0], batch.tokens[:, :, 0])
    torch.testing.assert_close(mirror.ab[..., 0], batch.ab[..., -1])
    torch.testing.assert_close(mirror.lightness[..., 0], batch.lightness[..., -1])


def test_no_item_comes_twice_before_all_have_come_once() -> None:
    order = Shuffled(np.arange(10, 17), (3,))
    taken = order.take(0, 7)
    assert sorted(taken) == list(range(10, 17))
    np.testing.assert_array_equal(np.concatenate([order.take(0, 5), order.take(5, 9)]), order.take(0, 14))
    assert list(order.take(7, 7)) != list(taken)


def test_the_best_world_is_the_one_of_the_right_hue_whatever_its_amount() -> None:
    truth = torch.zeros(1, 2, 4, 4)
    truth[:, 0] = 20.0
    worlds = torch.zeros(1, 2, 2, 4, 4)
    worlds[:, 0, 0], worlds[:, 1, 1] = 4.0, 20.0  # pale and right, vivid and wrong
    worlds.requires_grad = True
    worlds_loss(worlds, truth).backward()  # type: ignore[no-untyped-call]
    assert worlds.grad is not None
    pull = worlds.grad.abs().sum((0, 2, 3, 4))
    assert pull[0] > 10 * pull[1]


def test_huber_of_the_colours_is_square_to_five_units_and_then_straight() -> None:
    truth = torch.zeros(1, 2, 1, 1)
    made = [color_loss(torch.full_like(truth, value), truth).item() for value in (2.0, 4.0, 20.0, 40.0)]
    assert made == pytest.approx([0.4, 1.6, 17.5, 37.5])


def config(**changes: int) -> PlacesConfig:
    return PlacesConfig(**({"steps": 2, "batch": 3, "save_every": 1} | changes))


def run(
    stores: tuple[Path, Path], work: Path, steps: int | None, **changes: int
) -> list[dict[str, float | str]]:
    work.mkdir(exist_ok=True)
    lines = train_places(stores, work, config(**changes), torch.device("cpu"))
    return [json.loads(line) for line in itertools.islice(lines, steps)]


def test_a_stopped_training_goes_on_to_the_same_weights(stores: tuple[Path, Path], tmp_path: Path) -> None:
    complete = run(stores, tmp_path / "complete", None)
    stops_in_the_second_part = next(n for n, row in enumerate(complete) if row["part"] == 1) + 1
    run(stores, tmp_path / "stopped", stops_in_the_second_part)
    run(stores, tmp_path / "stopped", None)
    for number in range(MEMBERS + 1):
        one, other = (
            torch.load(tmp_path / name / f"places-{number}.pt", weights_only=True)
            for name in ("complete", "stopped")
        )
        assert one["step"] == other["step"] == 2
        for name, weights in one["average"].items():
            assert torch.equal(weights, other["average"][name]), name
    assert {row["validation"] for row in complete if "validation" in row} == {"split"}
    assert all(row["pictures"] == 6 for row in complete if "validation" in row)


def test_the_places_are_the_mean_of_the_members(stores: tuple[Path, Path], tmp_path: Path) -> None:
    run(stores, tmp_path / "run", None)
    places = trained_places(tmp_path / "run")
    tokens = torch.randn(1, len(TAPS), 1 + 2 * 3, WIDTH)
    guess = places(tokens, 2, 3)
    each = [member(*by_place(tokens, 2, 3)) for member in places.members]
    torch.testing.assert_close(guess[:, :3], torch.stack(each).mean(0))
    assert not torch.equal(each[0], each[2])


def test_a_member_is_kept_from_sources_of_its_own_and_all_from_frames_of_films(tmp_path: Path) -> None:
    store = FeatureStore.at(tmp_path / "s", 28)
    rows = [Item(f"photograph/{name}", f"{name}.jpg") for name in "abcdefghijklmnop"]
    rows += [Item("film/clip", "clip#0")]
    (tmp_path / "s" / "index.jsonl").write_text("".join(json.dumps(asdict(row)) + "\n" for row in rows))
    seen = [set(may_see(store, member, 17)) for member in range(MEMBERS + 1)]
    assert seen[MEMBERS] == set(range(16))  # the worlds are kept from nothing
    assert all(one < seen[MEMBERS] for one in seen[:MEMBERS])
    kept = [seen[MEMBERS] - one for one in seen[:MEMBERS]]
    assert sorted(number for one in kept for number in one) == list(range(16))


def test_places_and_the_smaller_network_are_joined_on_what_neither_has_fitted(
    stores: tuple[Path, Path], tmp_path: Path
) -> None:
    run(stores, tmp_path / "run", None)
    store = FeatureStore(stores[0] / "train")
    assert list(unseen(store, [Path("elsewhere")])) == []
    assert list(unseen(store, [Path()])) == list(range(6))
    with pytest.raises(UsageError, match="nothing in"):
        list(train_join(stores[0], [Path("elsewhere")], tmp_path / "run", JoinConfig(), torch.device("cpu")))
    settings = JoinConfig(steps=2, batch=2, save_every=1)
    list(train_join(stores[0], [Path()], tmp_path / "run", settings, torch.device("cpu")))
    network = assembled(VisionTransformer(), tmp_path / "run")
    average = torch.load(tmp_path / "run" / "join.pt", weights_only=True)["average"]
    torch.testing.assert_close(network.join.state_dict()["say.bias"], average["say.bias"])
    shipped = load_network("tcvc-mini", torch.device("cpu"))
    name = "head.logits.weight"
    torch.testing.assert_close(network.mini.state_dict()[name], shipped.state_dict()[name])
    assert not network.training


def test_photographs_are_learned_from_and_films_judge(tmp_path: Path, photograph: NDArray[np.uint8]) -> None:
    roots = write_sources(tmp_path / "photographs", photograph, {"cups": 60, "tehama": 3})
    films = tmp_path / "films"
    write_sources(films, photograph, {"clip": 9})
    (films / "SOURCES.md").write_text("no film")
    found = sources.find_sources([roots])
    assert [item.source for item, _ in material.training_items(found, 56)] == ["photograph/cups"] * 57
    kinds = [item.kind for item, _ in material.validation_items(found, films, 56)]
    assert (kinds.count("split"), kinds.count("held-out"), kinds.count("film")) == (3, 3, 6)


def test_the_commands_store_features_and_learn_from_them(
    tmp_path: Path,
    photograph: NDArray[np.uint8],
    encoder: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    roots = write_sources(tmp_path / "photographs", photograph, {"cups": 24, "tehama": 2})
    monkeypatch.setattr("tcvc_cli.train.dinov2.published_encoder", lambda graph: VisionTransformer())
    graph, settings = tmp_path / "graph.onnx", tmp_path / "few.toml"
    graph.touch()
    settings.write_text("[places]\nsteps = 1\nbatch = 2\n[join]\nsteps = 1\nbatch = 2\n")
    stored = ["--photographs", str(roots), "--encoder", str(graph), "--work", str(tmp_path / "f")]
    stored += ["--side", "56"]
    assert main(["train", "features", *stored, "--most", "20"]) == 0
    assert capsys.readouterr().out.splitlines() == ["validation: 4", "train: 16", "train: 20"]
    assert main(["train", "features", *stored]) == 0
    assert capsys.readouterr().out.splitlines() == ["train: 22"]
    assert main(["train", "features", *stored[:-1], "60"]) == 2
    work = ["--work", str(tmp_path / "d")]
    learned = [*work, "--features", str(tmp_path / "f"), "--config", str(settings)]
    assert main(["train", "join", *learned, "--photographs", str(roots)]) == 2  # there are no places yet
    assert main(["train", "places", *learned]) == 0
    assert main(["train", "join", *learned, "--photographs", str(roots)]) == 0
    written = tmp_path / "dino.safetensors"
    assert main(["train", "assemble", *work, "--encoder", str(graph), "-o", str(written)]) == 0
    assert isinstance(load_network("tcvc-dino", torch.device("cpu"), written), Dino)
