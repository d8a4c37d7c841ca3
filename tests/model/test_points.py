"""How far colours of single places reach: over their thing, and not over others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tcvc_cli.model.memory.colors import Colors, fused
from tcvc_cli.model.memory.observer import Observed
from tcvc_cli.model.memory.points import MOST_CELLS, GivenPlaces, PointSpreader
from tcvc_cli.model.precision import Precision
from tcvc_cli.model.runtime import load_network, load_observer, load_spreader

HEIGHT, WIDTH = 128, 160
CPU = torch.device("cpu")
BLUE = (5.0, -40.0)


def two_things() -> NDArray[np.float32]:
    """L*: a textured dark disc before a bright, plain wall."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    disc = (rows - 64) ** 2 + (columns - 50) ** 2 < 40**2
    rng = np.random.default_rng(3)
    texture = rng.normal(0, 4, (HEIGHT // 4, WIDTH // 4)).repeat(4, 0).repeat(4, 1)
    return np.where(disc, 30 + texture, 80).astype(np.float32)


def given(places: dict[tuple[int, int], tuple[float, float]], radius: int = 2) -> GivenPlaces:
    ab, marks = np.zeros((HEIGHT, WIDTH, 2), np.float32), np.zeros((HEIGHT, WIDTH), bool)
    rows, columns = np.ogrid[:HEIGHT, :WIDTH]
    for (y, x), color in places.items():
        inside = (rows - y) ** 2 + (columns - x) ** 2 <= radius**2
        ab[inside], marks[inside] = color, True
    return GivenPlaces(ab, marks, len(places))


@pytest.fixture(scope="module", params=["tcvc-dino", "tcvc-mini"])
def scene(request: pytest.FixtureRequest) -> tuple[PointSpreader, Observed, torch.Tensor]:
    precision = Precision(CPU, torch.float32)
    observer = load_observer(load_network(request.param, CPU), precision)  # type: ignore[arg-type]
    with torch.inference_mode():
        observed = observer.observe(torch.from_numpy(two_things())[None, None])
        own = observer.cells(observed).ab
    return load_spreader(observer, precision), observed, own


def full(ab: torch.Tensor) -> NDArray[np.float32]:
    return ab.repeat_interleave(4, 1).repeat_interleave(4, 2).permute(1, 2, 0).numpy()


def test_a_point_is_kept_and_colours_its_thing_rather_than_the_wall(
    scene: tuple[PointSpreader, Observed, torch.Tensor],
) -> None:
    spreader, observed, own = scene
    found = spreader.spread(observed, given({(64, 50): BLUE}))
    assert found.ab.shape == (HEIGHT, WIDTH, 2)
    assert found.influence.shape == (HEIGHT, WIDTH)
    assert np.isfinite(found.ab).all()
    assert ((found.influence >= 0) & (found.influence <= 1)).all()
    np.testing.assert_allclose(found.ab[63:66, 49:52], np.broadcast_to(BLUE, (3, 3, 2)), atol=1e-4)
    assert (found.influence[63:66, 49:52] == 1).all()
    laid = full(own) + found.influence[..., None] * (found.ab - full(own))
    changed = np.linalg.norm(laid - full(own), axis=-1)
    rows, columns = np.ogrid[:HEIGHT, :WIDTH]
    disc = (rows - 64) ** 2 + (columns - 50) ** 2 < 30**2
    wall = (rows - 64) ** 2 + (columns - 50) ** 2 > 50**2
    assert changed[disc].mean() > 3 * changed[wall].mean()


def test_colours_of_two_points_stay_apart(scene: tuple[PointSpreader, Observed, torch.Tensor]) -> None:
    spreader, observed, _ = scene
    red = (45.0, 25.0)
    found = spreader.spread(observed, given({(64, 50): BLUE, (20, 130): red}))
    near_blue = np.linalg.norm(found.ab[50:80, 36:64] - BLUE, axis=-1).mean()
    near_red = np.linalg.norm(found.ab[12:28, 120:140] - red, axis=-1).mean()
    assert near_blue < 20
    assert near_red < 20


def test_a_stroke_of_many_cells_is_one_opinion(scene: tuple[PointSpreader, Observed, torch.Tensor]) -> None:
    """And its cells are thinned, so that painting much costs no more."""
    spreader, observed, _ = scene
    places = given({(64, 50): BLUE}, radius=30)
    cells = places.is_given.reshape(HEIGHT // 4, 4, WIDTH // 4, 4).any((1, 3)).sum()
    assert cells > MOST_CELLS
    found = spreader.spread(observed, places)
    assert np.allclose(found.ab[places.is_given], BLUE, atol=1e-4)
    assert np.isfinite(found.ab).all()


def test_a_point_speaks_for_its_frame_only_where_it_speaks() -> None:
    """Elsewhere other findings count, however exact the frame of the point is."""
    lightness = torch.full((1, 2, 2), 50.0)
    nothing, much = torch.zeros(1, 2, 2), torch.full((1, 2, 2), 0.8)
    exact = Colors(torch.cat([lightness, torch.full((2, 2, 2), 60.0), nothing]), "exact")
    carried = Colors(torch.cat([lightness, torch.full((2, 2, 2), -20.0), much]), "carried")
    assert torch.allclose(fused([exact, carried], lightness).ab, torch.full((2, 2, 2), -20.0), atol=0.1)
    sure = replace(exact, planes=torch.cat([exact.planes[:3], torch.ones(1, 2, 2)]))
    assert torch.allclose(fused([sure, carried], lightness).ab, torch.full((2, 2, 2), 60.0), atol=0.1)
