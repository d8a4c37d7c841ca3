"""The embedded network: hints, sizes, weights."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from skimage import data
from torch import Tensor

from tcvc_cli.color.lab import lab_from_rgb
from tcvc_cli.errors import DeviceUnavailable
from tcvc_cli.model.networks.bins import ab_bins, soft_encoding, table_rows
from tcvc_cli.model.networks.hints import offset_of
from tcvc_cli.model.networks.mini import Mini, grey_input
from tcvc_cli.model.runtime import choose_device, load_network
from tcvc_cli.model.weights.store import find


@pytest.fixture(scope="module")
def mini() -> Mini:
    network = load_network("tcvc-mini", torch.device("cpu"))
    assert isinstance(network, Mini)
    return network


def picture(name: str, height: int = 192) -> tuple[torch.Tensor, np.ndarray]:
    """Lightness (1, 1, H, W) and true ab (H/4, W/4, 2) of one of scikit-image's photographs."""
    rgb = getattr(data, name)()[..., :3]
    width = round(rgb.shape[1] * height / rgb.shape[0] / 4) * 4
    lab = lab_from_rgb(
        cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    )
    ab = cv2.resize(lab[..., 1:], (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    return torch.from_numpy(np.ascontiguousarray(lab[..., 0]))[None, None], ab


def error(network: Mini, lightness: Tensor, truth: NDArray[np.float32], hints: Tensor | None = None) -> float:
    ab = network(lightness, hints)[0].permute(1, 2, 0).numpy()
    return float(((ab - truth) ** 2).mean())


def hints_at(truth: np.ndarray, places: list[tuple[int, int]], confidence: float) -> torch.Tensor:
    planes = torch.zeros(1, 3, *truth.shape[:2])
    for y, x in places:
        planes[0, :2, y, x] = torch.from_numpy(truth[y, x])
        planes[0, 2, y, x] = confidence
    return planes


def test_a_hint_without_confidence_is_no_hint(mini: Mini) -> None:
    lightness, truth = picture("coffee")
    hints = torch.zeros(1, 3, *truth.shape[:2])
    hints[:, :2] = 60
    assert torch.equal(mini(lightness, hints), mini(lightness, None))


def test_true_hints_bring_the_colours_nearer_to_the_truth(mini: Mini) -> None:
    rng = np.random.default_rng(5)
    ratios = []
    for name in ("astronaut", "coffee", "chelsea"):
        lightness, truth = picture(name)
        drawn = [rng.integers(0, truth.shape[:2]) for _ in range(10)]
        places = [(int(y), int(x)) for y, x in drawn]
        ratios.append(
            error(mini, lightness, truth, hints_at(truth, places, 1.0)) / error(mini, lightness, truth)
        )
    assert np.mean(ratios) < 0.9


def test_its_colours_beat_grey_on_photographs_it_never_saw(mini: Mini) -> None:
    for name in ("astronaut", "coffee", "chelsea"):
        lightness, truth = picture(name)
        assert error(mini, lightness, truth) < float((truth**2).mean())


@pytest.mark.parametrize("size", [(32, 32), (4, 4), (60, 100), (256, 36)])
def test_any_size_that_is_a_multiple_of_four(mini: Mini, size: tuple[int, int]) -> None:
    ab = mini(torch.full((1, 1, *size), 50.0))
    assert ab.shape == (1, 2, size[0] // 4, size[1] // 4)
    assert bool(torch.isfinite(ab).all())


def test_grain_on_a_static_scene_does_not_make_colours_dance(mini: Mini) -> None:
    from fractions import Fraction

    from tcvc_cli.model.engine import Engine
    from tcvc_cli.model.runtime import precision_on
    from tcvc_cli.records import Clip, Window

    lightness, _ = picture("astronaut", 256)
    noise = torch.randn(12, *lightness.shape[1:], generator=torch.Generator().manual_seed(0))
    film = (lightness + 2.5 * noise).clamp(0, 100)
    window = Window((Clip(0, 11),), (Fraction(1),) * 12)
    ab = Engine(mini, precision_on(torch.device("cpu"))).window(film, window).ab
    assert float((ab[1:] - ab[:-1]).abs().mean()) < 0.3


def test_the_weights_fit_the_package() -> None:
    file = find("tcvc-mini").path
    assert file.stat().st_size <= 24_000_000


def test_hypotheses_differ_from_each_other(mini: Mini) -> None:
    lightness, _ = picture("coffee")
    states = mini.anchor_states(lightness, None)
    colors = mini.head.all_hypotheses(states[:, :64])
    assert colors.shape[1] == 4
    assert (colors[:, 0] - colors[:, 1]).abs().mean() > 0.1


def test_grey_input_is_the_srgb_grey_of_the_lightness() -> None:
    grey = np.array([0.0, 0.02, 0.2, 0.5, 0.9, 1.0])
    lightness = lab_from_rgb(np.repeat(grey[:, None], 3, 1))[:, 0]
    seen = grey_input(torch.from_numpy(lightness).float().view(1, 1, 1, -1))[0, 0, 0]
    np.testing.assert_allclose(seen.numpy(), (grey * 255 - 127) / 128, atol=1e-3)


def test_soft_encoding_means_the_colour_it_encodes() -> None:
    nearest, weights = soft_encoding()
    ab = np.array([[0, 0], [20, 20], [-15, 32], [40, -21]], np.float32)
    rows = table_rows(ab)
    np.testing.assert_allclose(weights[rows].sum(-1), 1, atol=1e-6)
    means = (ab_bins()[nearest[rows]] * weights[rows][..., None]).sum(-2)
    np.testing.assert_allclose(means, ab, atol=3)


@pytest.mark.parametrize("name", ["cuda:99", "toaster", "meta"])
def test_a_device_that_is_not_there(name: str) -> None:
    with pytest.raises(DeviceUnavailable):
        choose_device(name)


def test_what_point_hints_add_travels_with_the_features(mini: Mini) -> None:
    lightness, truth = picture("coffee")
    hints = hints_at(np.full_like(truth, 40.0), [(10, 10), (30, 40)], 1.0)
    states = mini.anchor_states(lightness, hints)
    assert float(states[:, 64:66].abs().max()) * 110 > 10
    plain = states.clone()
    plain[:, 64:66] = 0
    torch.testing.assert_close(mini.ab(states) - mini.ab(plain), states[:, 64:66] * 110, atol=1e-3, rtol=0)


def test_points_of_the_colour_that_is_there_already_change_nothing() -> None:
    features = torch.randn(1, 64, 12, 16, generator=torch.Generator().manual_seed(0))
    ab = torch.full((1, 2, 12, 16), 12.0)
    hints = torch.zeros(1, 3, 12, 16)
    hints[0, :, 3, 4] = torch.tensor([12.0, 12.0, 1.0])
    assert float(offset_of(features, ab, hints).abs().max()) == 0


def test_a_point_counts_most_where_it_is_and_where_the_picture_is_alike() -> None:
    features = torch.ones(1, 64, 12, 16)
    features[:, ::2, :, 8:] = -1  # the right half is something else
    ab, hints = torch.zeros(1, 2, 12, 16), torch.zeros(1, 3, 12, 16)
    hints[0, :, 5, 4] = torch.tensor([30.0, 0.0, 1.0])
    hints[0, :, 5, 12] = torch.tensor([-30.0, 0.0, 1.0])
    a = offset_of(features, ab, hints)[0, 0]
    assert a[5, 4] > 20
    assert bool((a[:, :8] > 0).all())
    assert bool((a[:, 8:] < 0).all())


def test_the_confidence_of_dense_hints_is_their_share() -> None:
    hints = torch.full((1, 3, 20, 20), 30.0)
    hints[:, 2] = torch.linspace(0.1, 1, 400).view(20, 20)
    offset = offset_of(torch.ones(1, 64, 20, 20), torch.full((1, 2, 20, 20), 10.0), hints)
    torch.testing.assert_close(offset, 20 * hints[:, 2:].expand(-1, 2, -1, -1))


def test_point_hints_are_solved_in_single_precision() -> None:
    hints = torch.zeros(1, 3, 12, 16)
    hints[0, :, 5, 4] = torch.tensor([30.0, 0.0, 1.0])
    features, ab = torch.randn(1, 64, 12, 16), torch.zeros(1, 2, 12, 16)
    expected = offset_of(features, ab, hints)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(offset_of(features, ab, hints), expected)


def test_of_two_points_at_one_place_the_surer_is_followed() -> None:
    hints = torch.zeros(1, 3, 12, 16)
    hints[0, :, 5, 4] = torch.tensor([30.0, 0.0, 1.0])
    hints[0, :, 5, 5] = torch.tensor([-30.0, 0.0, 0.1])
    offset = offset_of(torch.ones(1, 64, 12, 16), torch.zeros(1, 2, 12, 16), hints)
    assert float(offset[0, 0].mean()) > 10


def test_the_expected_distance_is_that_of_a_distribution(mini: Mini) -> None:
    features = torch.randn(1, 64, 3, 5, generator=torch.Generator().manual_seed(0))
    head = mini.head
    share = torch.softmax(2 * head.logits(features).double(), 1)
    ab = torch.tensor([20.0, -35.0])[None, :, None, None].expand(1, 2, 3, 5)
    apart = (head.bins.double() - ab[0, :, 0, 0]).norm(dim=1)
    expected = (share * apart[None, :, None, None]).sum(1, keepdim=True)
    torch.testing.assert_close(head.expected_distance(features, ab).double(), expected, rtol=1e-4, atol=1e-3)


def test_hints_do_not_change_the_doubt(mini: Mini) -> None:
    lightness, truth = picture("coffee", 64)
    alone = mini.doubt(mini.anchor_states(lightness, None))
    assert alone.shape == (1, 1, *truth.shape[:2])
    assert 0 < float(alone.mean()) < 40
    hinted = mini.anchor_states(lightness, hints_at(truth, [(5, 5)], 1.0))
    torch.testing.assert_close(mini.doubt(hinted), alone)
