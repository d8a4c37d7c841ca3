"""How the covariance of tcvc-points is trained and written, and what it makes of given colours."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from statistics import fmean

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from tcvc_cli.cli.main import main
from tcvc_cli.color.lightness import small_lightness
from tcvc_cli.errors import UnreadableInput, UsageError
from tcvc_cli.model.memory.describer import OUTLINES, SIZE, THINGS, Seen
from tcvc_cli.model.memory.point_kernel import KIN, LIKENESS, PALETTES, Cells, PointKernel
from tcvc_cli.model.weights.store import find, load
from tcvc_cli.train import config as settings
from tcvc_cli.train.checkpoint import load_averaged
from tcvc_cli.train.config import PointsConfig
from tcvc_cli.train.points.folding import folded
from tcvc_cli.train.points.learning import Learner, Sampled, draw, leak_of, loss_of, sampled
from tcvc_cli.train.points.material import (
    CELLS,
    GRID,
    OUTLINES_GRID,
    SIDE_PX,
    THINGS_GRID,
    Eyes,
    Material,
    fill,
    square_of,
)
from tcvc_cli.train.points.projection import Projection
from tcvc_cli.train.points.training import learn, train_points, trained_kernel

CPU = torch.device("cpu")


def looked(lightness: Tensor) -> Cells:
    """What eyes might see in (1, 1, S, S) L*: noise that depends on the picture, in whose first planes its
    light shows; they colour nothing."""
    generator = torch.Generator().manual_seed(int(lightness.sum()))
    light = F.adaptive_avg_pool2d(lightness, GRID)[0]

    def noise(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    return Cells(
        likeness=torch.cat([light / 20 - 2, noise(LIKENESS - 1, GRID, GRID) / 10]),
        places=F.normalize(noise(SIZE, GRID, GRID), dim=0),
        ab=noise(2, GRID, GRID),
        palettes=noise(PALETTES, 2, GRID, GRID) * 5,
        lightness=light,
        seen=Seen(
            noise(1, OUTLINES, OUTLINES_GRID, OUTLINES_GRID), noise(1, THINGS, THINGS_GRID, THINGS_GRID)
        ),
    )


EYES = Eyes(looked, "these")


def write_photographs(root: Path, count: int) -> Path:
    """Of patches whose colour depends on their light; the first of the folder only judges."""
    folder = root / "cups"
    folder.mkdir(parents=True)
    for number in range(count + 1):
        rng = np.random.default_rng(number)
        patches = rng.integers(0, 2, (6, 6))
        colors = np.array([(40, 60, 170), (200, 180, 90)])[patches] + rng.integers(-20, 20, 3)
        picture = cv2.resize(colors.astype(np.uint8), (200, 190), interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(folder / f"{number:02d}.png"), picture)
    return root


def files_of(root: Path) -> list[Path]:
    return sorted(root.glob("*/*.png"))[1:]


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    folder = tmp_path_factory.mktemp("points")
    filled = Material(folder / "seen", EYES.weights)
    list(fill(filled, files_of(write_photographs(folder / "photographs", 6)), EYES))
    return filled


def config(steps: int, **changes: int) -> PointsConfig:
    return PointsConfig(**({"steps": steps, "batch": 4, "cells": 48, "save_every": steps} | changes))


def one_by_one(kernel: PointKernel, cells: Cells, given: list[int], lacking: Tensor, count: int) -> Tensor:
    """The offset (2, N) of the Gaussian process, each covariance written down for itself, in float64."""
    scales = kernel.scales + kernel.growth[:7] * math.log(count)
    factors: list[float] = scales.exp().double().tolist()
    sharpness = float((kernel.growth[7] * math.log(count)).exp())
    seen = kernel.described(cells)
    kin, amount, noisy = seen.kin.double() * sharpness, seen.amount.double(), seen.noisy.double()
    h, w = cells.ab.shape[1:]
    ab = cells.ab.flatten(1).double()
    others = cells.palettes.flatten(2).double() - ab

    def covariance(one: int, c: int, other: int, d: int) -> float:
        total: float = float(factors[4] * ab[c, one] * ab[d, other]) / 64
        total += float(factors[5] * (others[:, c, one] * others[:, d, other]).sum()) / 64
        if c != d:
            return total
        apart = ((one // w - other // w) ** 2 + (one % w - other % w) ** 2) / h**2
        near = factors[0] + factors[1] / (1 + apart / factors[2] ** 2)
        alike = math.exp(-float((kin[one] - kin[other]).square().sum()))
        return total + factors[6] + alike * near * float(amount[one] * amount[other])

    rows = [(cell, c) for c in range(2) for cell in given]
    known = torch.tensor([[covariance(*a, *b) for b in rows] for a in rows], dtype=torch.float64)
    known += torch.diag(torch.tensor([factors[3] * float(noisy[cell]) + 1e-4 for cell, _ in rows]))
    weights = torch.linalg.solve(known, lacking.flatten().double())
    asked = [(cell, c) for c in range(2) for cell in range(h * w)]
    between = torch.tensor([[covariance(*a, *b) for b in rows] for a in asked], dtype=torch.float64)
    offset: Tensor = (between @ weights).reshape(2, -1)
    return offset


@pytest.mark.parametrize("given", [[5], [0, 17, 31]])
def test_colours_are_regressed_as_written_down_one_by_one(given: list[int]) -> None:
    torch.manual_seed(3)
    h, w = 5, 8
    seen = Seen(torch.randn(1, OUTLINES, 3, 4), torch.randn(1, THINGS, 2, 3))
    cells = Cells(
        torch.randn(LIKENESS, h, w),
        F.normalize(torch.randn(SIZE, h, w), dim=0),
        torch.randn(2, h, w) * 9,
        torch.randn(PALETTES, 2, h, w) * 9,
        torch.rand(1, h, w) * 100,
        seen,
    )
    kernel = PointKernel()
    kernel.load_state_dict(load("tcvc-points"))
    lacking = torch.randn(2, len(given)) * 10
    with torch.inference_mode():
        found = kernel(cells, torch.tensor(given), lacking, len(given))
        expected = one_by_one(kernel, cells, given, lacking, len(given))
    assert float(expected.abs().max()) > 3
    assert torch.allclose(found.offset.flatten(1).double(), expected, atol=2e-3)


def test_what_is_seen_grows_and_goes_on_to_the_same(tmp_path: Path, material: Material) -> None:
    files = material.files()
    other = Material(tmp_path / "seen", EYES.weights)
    list(fill(other, files, EYES, 2))
    assert other.files() == files[:2]
    index = tmp_path / "seen" / "index.jsonl"
    index.write_bytes(index.read_bytes() + b'"half of a li')
    list(fill(other, files, EYES))
    assert other.files() == files
    assert len(files) == 6
    assert len(other.stored()) == 6
    assert len(other.stored(4)) == 4
    for name in ("looks", "ab", "palettes", "truth", "things", "outlines"):
        assert np.array_equal(getattr(other.stored(), name), getattr(material.stored(), name)), name
    before = {path.name: path.read_bytes() for path in (tmp_path / "seen").iterdir()}
    assert list(fill(other, files, EYES, 3)) == []
    assert {path.name: path.read_bytes() for path in (tmp_path / "seen").iterdir()} == before


def test_only_coloured_photographs_that_can_be_read_are_looked_at(tmp_path: Path) -> None:
    good = files_of(write_photographs(tmp_path / "good", 3))
    grey, small, broken = (tmp_path / f"{name}.png" for name in ("grey", "small", "broken"))
    picture = cv2.imread(str(good[0]))
    assert picture is not None
    cv2.imwrite(str(grey), cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))
    cv2.imwrite(str(small), picture[:100, :100])
    broken.write_bytes(b"no picture")
    filled = Material(tmp_path / "seen", EYES.weights)
    list(fill(filled, [grey, *good[:2], small, broken, good[2]], EYES))
    assert filled.files() == good


def test_material_of_other_eyes_or_files_is_refused(tmp_path: Path, material: Material) -> None:
    filled = Material(tmp_path / "seen", EYES.weights)
    with pytest.raises(UsageError, match="too few photographs"):
        list(fill(filled, material.files()[:1], EYES))
    list(fill(filled, material.files()[:3], EYES))
    with pytest.raises(UsageError, match="other weights"):
        Material(tmp_path / "seen", "others")
    with pytest.raises(UsageError, match="no longer there"):
        list(fill(filled, material.files()[3:], EYES))
    (tmp_path / "seen" / "projection.safetensors").write_bytes(b"none")
    with pytest.raises(UnreadableInput, match="does not hold axes"):
        filled.projection()


def test_a_square_is_a_part_of_the_photograph() -> None:
    rows, columns = np.mgrid[0:150, 0:220].astype(np.uint8)
    picture = np.stack([rows, columns, rows], -1)
    squares = [square_of(picture, np.random.default_rng(seed)) for seed in range(8)]
    assert all(one.shape == (SIDE_PX, SIDE_PX, 3) for one in squares)
    mirrored = [int(one[0, 0, 1]) > int(one[0, -1, 1]) for one in squares]
    assert 0 < sum(mirrored) < 8
    spans = [int(one[..., 0].max()) - int(one[..., 0].min()) for one in squares]
    assert min(spans) >= 0.7 * 150 - 2
    assert len(set(spans)) > 3


def test_axes_are_those_of_the_planes_that_vary() -> None:
    torch.manual_seed(0)
    hidden, mixing = torch.randn(500, 3), torch.randn(3, 40)
    samples = hidden @ mixing * torch.rand(40) + 7
    projection = Projection.fitted(samples, 3)
    projected = projection.of(samples.T.reshape(40, 20, 25)).reshape(3, -1)
    assert torch.allclose(projected.mean(1), torch.zeros(3), atol=1e-3)
    assert torch.allclose(projected @ projected.T / 499, torch.eye(3), atol=1e-2)


def test_cells_of_a_step_depend_on_seed_and_step(material: Material) -> None:
    stored, chosen = material.stored(), config(9, without_things=1)
    one, again = draw(stored, chosen, 3, CPU), draw(stored, chosen, 3, CPU)
    assert torch.equal(one.truth, again.truth)
    assert one.ab.shape == (4, 2, 48 + one.count)
    assert float(one.things.abs().max()) == 0
    other = draw(stored, chosen, 4, CPU)
    assert one.truth.shape != other.truth.shape or not torch.equal(one.truth, other.truth)
    assert {draw(stored, chosen, step, CPU).count for step in range(40)} == {1, 2, 3, 5, 8, 13, 20}


def whole(material: Material, item: int, count: int) -> Sampled:
    """All cells of one photograph."""
    return sampled(material.stored(), np.array([item]), np.arange(CELLS)[None], count, np.array([True]))


def test_folded_weights_describe_cells_as_those_along_the_axes_do(material: Material) -> None:
    torch.manual_seed(1)
    learner, projection = Learner(0.5).eval(), material.projection()
    assert projection is not None
    with torch.no_grad():
        learner.hasty_growth.normal_(std=0.1)
    kernel, batch = folded(learner, projection), whole(material, 2, 5)
    cells = seen_again(material.files()[2])
    with torch.no_grad():
        along, on_planes = learner.described(batch), kernel.described(cells)
        offset = learner(batch)[0]
        regressed = kernel(cells, batch.given, batch.lacking[0], 5).offset.flatten(1)
    assert along.kin.shape == (1, CELLS, KIN)
    assert float(on_planes.kin.std()) > 0.1
    for name in ("kin", "amount", "noisy", "at"):
        assert torch.allclose(getattr(along, name)[0], getattr(on_planes, name), atol=2e-2), name
    assert float(regressed.abs().max()) > 5
    assert torch.allclose(offset, regressed, atol=0.3)


def seen_again(file: Path) -> Cells:
    """As `fill` has shown it, by its place in the order of names."""
    picture = cv2.imread(str(file))
    assert picture is not None
    place = int(file.stem) - 1
    square = square_of(np.ascontiguousarray(picture[..., ::-1]), np.random.default_rng(place))
    grey = np.asarray(cv2.cvtColor(square, cv2.COLOR_RGB2GRAY), np.uint8)
    lightness = small_lightness(grey, bit_depth=8, full_range=True, width_px=SIDE_PX, height_px=SIDE_PX)
    return looked(torch.from_numpy(lightness)[None, None])


def test_the_loss_by_hand() -> None:
    """One photograph, one colour given, three asked: like it, half and wholly another."""
    truth = torch.tensor([[[0.0, 0.0, 12.0, 0.0], [0.0, 3.0, 0.0, 40.0]]])
    empty = torch.zeros(1, 4, 0)
    batch = Sampled(1, empty, empty, empty, empty, torch.zeros(1, 2, 4), torch.zeros(1, 4, 2, 4), truth)
    offset = torch.tensor([[[9.0, 0.0, 0.0, 0.0], [0.0, 3.0, 4.0, 40.0]]])
    leak = ((17**0.5 - 1) * 0.5 + (1601**0.5 - 1)) / 3
    assert float(leak_of(offset, batch)) == pytest.approx(leak)
    close = 20 * math.log((0 + 144 + 16 + 0) / 3 + 8)
    assert float(loss_of(offset, batch, 1.0)) == pytest.approx(close + 6 * leak)
    assert float(loss_of(offset, batch, 0.0)) == pytest.approx(close)


def judged(learner: Learner, batches: list[Sampled]) -> float:
    """The mean loss."""
    with torch.no_grad():
        return fmean(float(loss_of(learner.eval()(batch), batch, 1.0)) for batch in batches)


def test_the_loss_falls(material: Material, tmp_path: Path) -> None:
    """On cells that were not drawn for training, below that of adding nothing too."""
    stored = material.stored()
    batches = [draw(stored, config(1), 1000 + number, CPU) for number in range(20)]
    untouched = fmean(float(loss_of(torch.zeros_like(batch.ab), batch, 1.0)) for batch in batches)
    rows = [json.loads(line) for line in learn(stored, tmp_path, config(150), CPU)]
    assert [row["step"] for row in rows] == [25, 50, 75, 100, 125, 150]
    assert rows[5]["loss"] < rows[0]["loss"] - 10
    learner = Learner(0.0)
    load_averaged(tmp_path / "points.pt", learner)
    assert judged(learner, batches) < min(judged(Learner(0.0), batches), untouched) - 15


def test_a_stopped_training_goes_on_to_the_same_weights(material: Material, tmp_path: Path) -> None:
    chosen, stored = config(30, save_every=10), material.stored()
    for name in ("complete", "stopped"):
        (tmp_path / name).mkdir()
    list(learn(stored, tmp_path / "complete", chosen, CPU))
    list(islice(learn(stored, tmp_path / "stopped", chosen, CPU), 1))
    held = torch.load(tmp_path / "stopped" / "points.pt", weights_only=True)
    assert held["step"] == 20
    assert [json.loads(one)["step"] for one in learn(stored, tmp_path / "stopped", chosen, CPU)] == [25, 30]
    one, other = (
        torch.load(tmp_path / name / "points.pt", weights_only=True) for name in ("complete", "stopped")
    )
    assert one["step"] == other["step"] == 30
    assert one["settings"] == asdict(chosen)
    for name, weights in one["average"].items():
        assert torch.equal(weights, other["average"][name]), name
        assert not torch.equal(weights, held["average"][name]), name


def test_the_file_is_as_the_one_that_ships(tmp_path: Path) -> None:
    roots, work, file = write_photographs(tmp_path / "photographs", 4), tmp_path / "work", tmp_path / "made"
    work.mkdir()
    lines = list(train_points([roots], work, config(2, most_items=3), CPU, EYES))
    assert lines[0] == "axes sought"
    assert (work / "points.log").read_text() == lines[1] + "\n"
    assert len(Material(work / "seen", EYES.weights).files()) == 3
    assert main(["train", "kernel", "--work", str(work), "-o", str(file)]) == 0
    assert file.stat().st_size == find("tcvc-points").path.stat().st_size
    held, shipped, trained = load("tcvc-points", file), load("tcvc-points"), trained_kernel(work).state_dict()
    assert held.keys() == shipped.keys()
    for name, tensor in held.items():
        assert tensor.dtype == shipped[name].dtype
        assert torch.allclose(tensor.float(), trained[name], rtol=1e-3, atol=1e-6), name


def test_nothing_to_learn_from_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    work = tmp_path / "work"
    assert main(["train", "kernel", "--work", str(work), "-o", str(tmp_path / "f")]) == 2
    assert "tcvc train points" in capsys.readouterr().err
    (tmp_path / "none").mkdir()
    with pytest.raises(UnreadableInput, match="no photographs"):
        list(train_points([tmp_path / "none"], work, config(1), CPU, EYES))


def test_settings_of_points(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("[points]\nsteps = 7\nmost_items = 9\n")
    assert settings.load(PointsConfig, file, "points") == PointsConfig(steps=7, most_items=9)


def test_the_command_learns_from_photographs_with_the_eyes_that_ship(tmp_path: Path) -> None:
    roots, work = write_photographs(tmp_path / "photographs", 3), tmp_path / "work"
    command = ["train", "points", "--photographs", str(roots), "--work", str(work), "--device", "cpu"]
    assert main([*command, "--steps", "1", "--most", "2"]) == 0
    assert main([*command, "--steps", "2", "--most", "3"]) == 0
    assert torch.load(work / "points.pt", weights_only=True)["step"] == 2
    assert len((work / "seen" / "index.jsonl").read_text().splitlines()) == 3
