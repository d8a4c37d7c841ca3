"""The frozen encoder and the colorizer on it, with weights drawn at random: none are needed."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from tcvc_cli.model.engine import Engine
from tcvc_cli.model.networks.anchored import AB_SCALE
from tcvc_cli.model.networks.dino import (
    GUESS,
    MOST_PLACES,
    MOST_VIVID,
    SEEN_PX,
    TAPS,
    VIVID,
    Dino,
    grid_of,
    seen_tokens,
)
from tcvc_cli.model.networks.vit import HEADS, LAYERS, WIDTH, VisionTransformer, load_published, picture_of
from tcvc_cli.model.precision import Precision
from tcvc_cli.records import Clip, Window

GROWTH = 37


@pytest.fixture(scope="module")
def published() -> dict[str, Tensor]:
    """Tensors as DINOv2 publishes them, small enough that no layer drowns the others."""
    draw = torch.Generator().manual_seed(0)

    def tensor(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=draw) * 0.05

    out = {
        "backbone.embeddings.cls_token": tensor(1, 1, WIDTH),
        "backbone.embeddings.position_embeddings": tensor(1, 1 + GROWTH**2, WIDTH),
        "backbone.embeddings.patch_embeddings.projection.weight": tensor(WIDTH, 3, 14, 14),
        "backbone.embeddings.patch_embeddings.projection.bias": tensor(WIDTH),
        "backbone.layernorm.weight": tensor(WIDTH),
        "backbone.layernorm.bias": tensor(WIDTH),
    }
    sizes = {"norm1": (WIDTH,), "norm2": (WIDTH,), "attention.output.dense": (WIDTH, WIDTH)}
    sizes |= {f"attention.attention.{part}": (WIDTH, WIDTH) for part in ("query", "key", "value")}
    sizes |= {"mlp.fc1": (4 * WIDTH, WIDTH), "mlp.fc2": (WIDTH, 4 * WIDTH)}
    for layer in range(LAYERS):
        for name, size in sizes.items():
            out[f"backbone.encoder.layer.{layer}.{name}.weight"] = tensor(*size)
            out[f"backbone.encoder.layer.{layer}.{name}.bias"] = tensor(size[0])
        for n in (1, 2):
            out[f"backbone.encoder.layer.{layer}.layer_scale{n}.lambda1"] = tensor(WIDTH) + 1
    return out


@pytest.fixture(scope="module")
def encoder(published: Mapping[str, Tensor]) -> VisionTransformer:
    network = VisionTransformer()
    load_published(network, published)
    return network.eval().requires_grad_(requires_grad=False)


def by_the_paper(get: Mapping[str, Tensor], picture: Tensor, last: int) -> Tensor:
    """The slow twin: one head at a time, one token of the picture's corner at a time."""

    def named(name: str) -> Tensor:
        return get[f"backbone.{name}"]

    def linear(x: Tensor, name: str) -> Tensor:
        return x @ named(f"{name}.weight").T + named(f"{name}.bias")

    projection = named("embeddings.patch_embeddings.projection.weight").reshape(WIDTH, -1)
    h, w = (side // 14 for side in picture.shape[1:])
    tokens = [named("embeddings.cls_token")[0, 0]]
    for row in range(h):
        for column in range(w):
            patch = picture[:, 14 * row : 14 * row + 14, 14 * column : 14 * column + 14]
            bias = named("embeddings.patch_embeddings.projection.bias")
            tokens.append(projection @ patch.reshape(-1) + bias)
    x = torch.stack(tokens) + named("embeddings.position_embeddings")[0]
    for number in range(last):
        layer = f"encoder.layer.{number}."

        def norm(x: Tensor, which: int, layer: str = layer) -> Tensor:
            name = f"{layer}norm{which}"
            return F.layer_norm(x, (WIDTH,), named(f"{name}.weight"), named(f"{name}.bias"), 1e-6)

        seen, parts = norm(x, 1), []
        q, k, v = (linear(seen, f"{layer}attention.attention.{part}") for part in ("query", "key", "value"))
        for head in torch.arange(WIDTH).chunk(HEADS):
            share = torch.softmax(q[:, head] @ k[:, head].T / len(head) ** 0.5, 1)
            parts.append(share @ v[:, head])
        attended = linear(torch.cat(parts, 1), f"{layer}attention.output.dense")
        x = x + named(f"{layer}layer_scale1.lambda1") * attended
        hidden = F.gelu(linear(norm(x, 2), f"{layer}mlp.fc1"))
        x = x + named(f"{layer}layer_scale2.lambda1") * linear(hidden, f"{layer}mlp.fc2")
    return x


def test_the_encoder_computes_what_the_paper_says(
    encoder: VisionTransformer, published: dict[str, Tensor]
) -> None:
    picture = torch.randn(3, 14 * GROWTH, 14 * GROWTH, generator=torch.Generator().manual_seed(1))
    (tokens,) = encoder(picture[None], (2,))
    torch.testing.assert_close(tokens[0], by_the_paper(published, picture, 2), atol=2e-4, rtol=1e-3)


def test_positions_are_interpolated_for_any_aspect(encoder: VisionTransformer) -> None:
    wide = encoder(torch.zeros(1, 3, 28, 70), (1, 3))
    assert [tokens.shape for tokens in wide] == [(1, 1 + 2 * 5, WIDTH)] * 2
    assert (wide[1][0, 1] - wide[1][0, 5]).abs().max() > 1e-3  # of a blank picture, places differ by position


def test_lightness_becomes_the_grey_that_the_encoder_knows() -> None:
    white_and_black = picture_of(torch.tensor([100.0, 0.0]).reshape(2, 1, 1, 1))[:, :, 0, 0]
    mean, spread = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    torch.testing.assert_close(white_and_black[0], (1 - mean) / spread, atol=1e-4, rtol=0)
    torch.testing.assert_close(white_and_black[1], -mean / spread, atol=1e-4, rtol=0)


def test_tokens_are_of_unit_spread_and_need_no_multiple_of_a_patch(encoder: VisionTransformer) -> None:
    tokens = seen_tokens(encoder, torch.rand(1, 1, 60, 44) * 100)
    assert tokens.shape == (1, len(TAPS), 1 + 4 * 3, WIDTH)
    torch.testing.assert_close(tokens.std(-1, correction=0), torch.ones(1, len(TAPS), 13), atol=1e-3, rtol=0)


@pytest.fixture(scope="module")
def dino(encoder: VisionTransformer) -> Dino:
    torch.manual_seed(3)
    network = Dino()
    network.encoder = encoder
    return network.eval().requires_grad_(requires_grad=False)


def film(frames: int, height: int = 64, width: int = 96) -> Tensor:
    values = np.random.default_rng(0).uniform(20, 80, (frames, 1, height, width))
    return torch.from_numpy(values.astype(np.float32))


def test_before_it_is_trained_the_join_is_a_fixed_mixture_of_both_networks(dino: Dino) -> None:
    places = torch.randn(2, GUESS, 3, 4)
    features, colors = torch.randn(2, 64, 12, 16), torch.randn(2, 2, 12, 16)
    joined = dino.join(places, features, colors)
    grown = F.interpolate(places, (12, 16), mode="bicubic", align_corners=False)
    torch.testing.assert_close(joined[:, :2], 0.7 * grown[:, :2] + 0.3 * colors)
    torch.testing.assert_close(joined[:, 2:], grown[:, 2:])


def test_the_encoder_is_shown_every_picture_at_its_own_size(dino: Dino) -> None:
    assert grid_of(torch.zeros(1, 1, 192, 192), SEEN_PX) == (16, 16)
    assert grid_of(torch.zeros(1, 1, 96, 192), SEEN_PX) == (16, 32)
    h, w = grid_of(torch.zeros(1, 1, 32, 3200), SEEN_PX)
    assert h * w <= 1.05 * MOST_PLACES
    assert w > 90 * h
    assert dino.look(film(1)).values.shape == (1, GUESS + 1, 16, 24)  # and doubt


def test_vivid_brings_a_colour_up_to_the_amount_and_keeps_its_hue(dino: Dino) -> None:
    values = torch.randn(1, GUESS, 6, 6, generator=torch.Generator().manual_seed(0)) * 0.3
    dino.choose_vividness(0.0)
    calm = dino.read(values)
    torch.testing.assert_close(calm, values[:, :2] * 110)
    dino.choose_vividness(1.0)
    vivid = dino.read(values)
    dino.choose_vividness(VIVID)
    torch.testing.assert_close(F.normalize(vivid, dim=1), F.normalize(calm, dim=1))
    factor = vivid.norm(dim=1) / calm.norm(dim=1)
    expected = (values[:, 2] * 110 / calm.norm(dim=1)).clamp(1 / MOST_VIVID, MOST_VIVID)
    torch.testing.assert_close(factor, expected, atol=0.02, rtol=0.02)


def test_every_palette_is_another_world(dino: Dino) -> None:
    values = torch.arange(GUESS, dtype=torch.float32).view(1, GUESS, 1, 1)
    worlds = dino.read_palettes(values)[0, :, :, 0, 0] / 110
    torch.testing.assert_close(worlds, torch.tensor([[3.0, 4], [5, 6], [7, 8], [9, 10]]))


def test_a_film_goes_through_it(dino: Dino) -> None:
    window = Window((Clip(0, 2),), (Fraction(1),) * 3)
    ab = Engine(dino, Precision(torch.device("cpu"), torch.float32)).window(film(3), window).ab
    assert ab.shape == (3, 2, 16, 24)
    assert ab.isfinite().all()
    dino.choose_palette(2)
    other = dino(film(1))
    dino.choose_palette(0)
    assert not torch.equal(other, ab[:1])


def test_doubt_is_the_distance_from_what_the_smaller_network_sees(dino: Dino) -> None:
    lightness = film(1)
    states = dino.anchor_states(lightness, None)
    features = dino.mini.look(lightness).values
    apart = dino.mini.head.expected_distance(features, dino.ab(states))
    amount = (states[:, 2:3] * AB_SCALE).clamp(min=0.5)
    expected = apart * (amount / 14) ** 0.25
    doubt = dino.doubt(states)
    for shift in (slice(0, None, 2), slice(1, None, 2)):  # told of every other place
        torch.testing.assert_close(doubt[..., shift, shift], expected[..., ::2, ::2], rtol=1e-4, atol=1e-3)
    palettes = dino.read_palettes(states[:, :-3])
    assert palettes.shape == (1, 4, 2, 16, 24)
    torch.testing.assert_close(palettes.flatten(1, 2), states[:, 3:GUESS] * AB_SCALE)
