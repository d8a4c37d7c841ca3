"""The whole published network on one clip: names, forward pass, losses, gradients, and the film engine."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tcvc_cli.model.colorizer import create
from tcvc_cli.model.engine import Engine
from tcvc_cli.model.film_network import Neighbourhood
from tcvc_cli.model.networks.idc import TcvcIdc
from tcvc_cli.model.precision import Precision
from tcvc_cli.records import Clip, Window
from tests.material.golden_arrays import GOLDEN, golden, golden_names
from tests.material.published_scripts import TrainingOutput, forward_with_losses

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def clip() -> Tensor:
    """(1, 5, 1, 64, 64), (L* - 50) / 100."""
    return golden("a")["L"][None, :, None]


def _close(found: Tensor, name: str, tolerance: float) -> None:
    torch.testing.assert_close(found, golden("a")[name], atol=tolerance, rtol=0)


def test_names_shapes_and_types_are_the_official_ones() -> None:
    listed = json.loads((GOLDEN / "state_dict_keys_full.json").read_text())
    with torch.device("meta"):
        state = create("tcvc-idc").state_dict()
    found = {
        name: {"shape": list(tensor.shape), "dtype": str(tensor.dtype).removeprefix("torch.")}
        for name, tensor in state.items()
    }
    assert found == listed
    assert len(found) == 349


def test_only_the_propagation_nets_are_trainable_and_batch_norm_stays_put() -> None:
    with torch.device("meta"):
        model = TcvcIdc().train()
    trainable = {name: p.numel() for name, p in model.named_parameters() if p.requires_grad}
    assert set(trainable) == set(golden_names())
    assert sum(trainable.values()) == 1_675_305
    assert sum(p.numel() for p in model.parameters()) == 198_381_166
    assert not model.fea_key.training
    assert model.weigting.training


@pytest.fixture(scope="module")
def run(model: TcvcIdc, clip: Tensor) -> dict[str, Tensor]:
    """`forward` on the golden clip, and what it went through at the frames between the anchors."""
    hoods: list[Neighbourhood] = []
    weights: list[Tensor] = []
    states: list[Tensor] = []
    hook = model.weigting.register_forward_hook(lambda _m, _i, out: weights.append(torch.sigmoid(out)))
    fuse = model.fuse

    def watched(hood: Neighbourhood) -> Tensor:
        hoods.append(hood)
        states.append(fuse(hood))
        return states[-1]

    model.fuse = watched  # type: ignore[method-assign]
    try:
        out = model(clip)
    finally:
        hook.remove()
        del model.fuse
    backward = torch.cat([hood.backward for hood in hoods])
    return {"out": out, "W": torch.cat(weights)[:, 0], "backward": backward, "states": torch.cat(states)}


def test_forward_gives_the_published_colours(run: dict[str, Tensor]) -> None:
    assert run["out"].dtype == torch.float32
    assert not run["out"].requires_grad
    _close(run["out"][0], "out", 1e-4)


def test_both_passes_and_the_weight_are_the_published_ones(run: dict[str, Tensor]) -> None:
    _close(run["W"], "W", 1e-4)
    _close(run["backward"][..., ::4, ::4], "back_feat_sub4", 1e-4)
    _close(run["states"][..., ::4, ::4], "fused_feat_sub4", 1e-4)


def test_clips_of_a_batch_do_not_touch_each_other(model: TcvcIdc, clip: Tensor) -> None:
    out = model(torch.cat((clip.flip(1), clip)))
    _close(out[1], "out", 1e-4)


def test_short_clips_are_made_of_anchors(model: TcvcIdc, clip: Tensor) -> None:
    out = model(clip[:, [0, 4]])
    torch.testing.assert_close(out[0], golden("a")["out"][[0, 4]], atol=1e-5, rtol=0)
    torch.testing.assert_close(model(clip[:, :1])[0, 0], golden("a")["sig_ab"], atol=1e-5, rtol=0)


@pytest.fixture(scope="module")
def trained(model: TcvcIdc, clip: Tensor) -> tuple[TrainingOutput, dict[str, Tensor]]:
    """What the training pass returns, and the gradient of its two losses."""
    model.train()
    result = forward_with_losses(model, clip)
    named = {name: p for name, p in model.named_parameters() if p.requires_grad}
    grads = torch.autograd.grad(result.warp_loss() + result.warp_loss_2(), list(named.values()))
    model.eval()
    return result, dict(zip(named, grads, strict=True))


def test_the_training_pass_returns_what_the_losses_need(trained: tuple[Any, dict[str, Tensor]]) -> None:
    result, _ = trained
    _close(result.out[0].detach(), "out", 1e-4)
    _close(result.ab_fwarp[0].detach(), "ab_fwarp", 2e-4)
    _close(result.non_mask[0], "non_mask", 5e-4)
    _close(result.ab_fwarp_2[0].detach(), "ab_fwarp_2", 2e-4)
    _close(result.non_mask_2[0], "non_mask_2", 5e-4)


def test_losses_are_the_published_ones(trained: tuple[Any, dict[str, Tensor]]) -> None:
    result, _ = trained
    assert result.warp_loss().item() == pytest.approx(float(golden("a")["warp_loss"]), rel=1e-4)
    assert result.warp_loss_2().item() == pytest.approx(float(golden("a")["warp_loss_2"]), rel=1e-4)


def test_gradients_are_the_published_ones(trained: tuple[Any, dict[str, Tensor]]) -> None:
    _, grads = trained
    norms = [float(grads[name].double().norm()) for name in golden_names()]
    np.testing.assert_allclose(norms, golden("a")["grad_l2"].numpy(), rtol=1e-3)
    whole = [name.removeprefix("grad:") for name in golden("a") if name.startswith("grad:")]
    assert len(whole) == 4
    for name in whole:
        expected = golden("a")[f"grad:{name}"]
        torch.testing.assert_close(grads[name], expected, atol=1e-3 * float(expected.abs().max()), rtol=0)


def test_a_clip_of_two_frames_has_one_loss(model: TcvcIdc, clip: Tensor) -> None:
    result = forward_with_losses(model, clip[:, :2])
    assert result.ab_fwarp_2 is None
    assert result.warp_loss().item() > 0
    assert result.warp_loss_2().item() == 0


def test_the_film_engine_runs_it_as_published(model: TcvcIdc, clip: Tensor) -> None:
    window = Window((Clip(0, 4),), (Fraction(1),) * 5)
    engine = Engine(model, Precision(torch.device("cpu"), torch.float32))
    ab = engine.window(clip[0] * 100 + 50, window).ab
    _close(ab / 110, "out", 1e-4)


def test_the_film_engine_in_half_precision_stays_close_and_gives_float32(
    model: TcvcIdc, clip: Tensor
) -> None:
    lightness = clip[0, :3, :, :24, :32] * 100 + 50  # small: a CPU without bfloat16 is slow at it
    window = Window((Clip(0, 2),), (Fraction(1),) * 3)
    exact = Engine(model, Precision(torch.device("cpu"), torch.float32)).window(lightness, window).ab
    half = Engine(model, Precision(torch.device("cpu"), torch.bfloat16)).window(lightness, window).ab
    assert half.dtype == torch.float32
    apart = (half - exact).abs()
    assert 0 < apart.max() < 6  # CIE units; bfloat16 has eight bits
    assert apart.mean() < 0.5


def test_a_frame_of_any_size_is_padded_by_its_border_and_cropped_back(model: TcvcIdc, clip: Tensor) -> None:
    lightness = (clip[0] * 100 + 50)[..., :50, :61]
    rows, columns = torch.arange(56).clamp(max=49), torch.arange(64).clamp(max=60)
    with torch.inference_mode():
        states = model.anchor_states(lightness[:1])
        whole = model.fea_key.features(clip[0, :1][..., rows[:, None], columns])
    torch.testing.assert_close(states, whole[..., :50, :61], atol=1e-5, rtol=0)
    engine = Engine(model, Precision(torch.device("cpu"), torch.float32))
    ab = engine.window(lightness[:3], Window((Clip(0, 2),), (Fraction(1),) * 3)).ab
    assert ab.shape == (3, 2, 50, 61)
    with torch.inference_mode():
        torch.testing.assert_close(ab[:1], model.ab(states), atol=1e-3, rtol=0)
