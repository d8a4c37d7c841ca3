"""FlowNet2 against tensors that the published code produced with the same weights."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from tcvc_cli.model.networks.correlation import correlate
from tcvc_cli.model.networks.flownet2 import FlowNet2
from tcvc_cli.model.networks.idc import TcvcIdc
from tests.material.golden_arrays import golden

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def flow(model: TcvcIdc) -> FlowNet2:
    return model.flow


def _lightness(*frames: int) -> Tensor:
    """(N, 1, 64, 64) L* of frames of the golden clip."""
    return golden("a")["L"][list(frames)][:, None] * 100 + 50


@pytest.fixture(scope="module")
def stages(flow: FlowNet2) -> dict[str, Tensor]:
    """What each network said on the way to flow(1, 0), by golden name."""
    seen: dict[str, Tensor] = {}
    watched = {
        "flownetc_flow2": flow.flownetc,
        "flownets1_flow2": flow.flownets_1,
        "flownets2_flow2": flow.flownets_2,
        "flownetsd_flow2": flow.flownets_d,
        "flow_1_to_0": flow.flownetfusion,
    }
    hooks = [
        module.register_forward_hook(lambda _m, _i, out, name=name: seen.update({name: out[0]}))
        for name, module in watched.items()
    ]
    with torch.inference_mode():
        seen["returned"] = flow(_lightness(1), _lightness(0))[0]
    for hook in hooks:
        hook.remove()
    return seen


@pytest.mark.parametrize(
    ("name", "tolerance"),
    [
        ("flownetc_flow2", 1e-5),
        ("flownets1_flow2", 1e-5),
        ("flownets2_flow2", 1e-5),
        ("flownetsd_flow2", 5e-4),
        ("flow_1_to_0", 5e-4),
    ],
)
def test_every_network_agrees_with_the_published_one(
    stages: dict[str, Tensor], name: str, tolerance: float
) -> None:
    torch.testing.assert_close(stages[name], golden("a")[name], atol=tolerance, rtol=0)
    torch.testing.assert_close(stages["returned"], golden("a")["flow_1_to_0"], atol=5e-4, rtol=0)


def test_the_correlation_is_the_published_one(flow: FlowNet2) -> None:
    seen: list[Tensor] = []
    hook = flow.flownetc.register_forward_pre_hook(lambda _m, args: seen.extend(args))
    with torch.inference_mode():
        flow(_lightness(1), _lightness(0))
    hook.remove()
    corr = correlate(*seen[1:])[0]
    torch.testing.assert_close(corr, golden("a")["corr"], atol=1e-5, rtol=0)
    stats = torch.stack((corr.mean((1, 2)), corr.flatten(1).std(1)))
    torch.testing.assert_close(stats, golden("a")["corr_stats"], atol=1e-5, rtol=0)


def test_correlation_by_its_definition_on_an_oblong_batch() -> None:
    torch.manual_seed(0)
    a, b = torch.randn(2, 16, 6, 50), torch.randn(2, 16, 6, 50)
    shifted = F.pad(b, (20, 20, 20, 20))
    expected = [
        (a * shifted[:, :, j : j + 6, i : i + 50]).mean(1) for j in range(0, 41, 2) for i in range(0, 41, 2)
    ]
    torch.testing.assert_close(correlate(a, b), torch.stack(expected, 1), atol=1e-5, rtol=0)


def test_both_flows_of_a_pair_at_once_are_the_flows_one_by_one(flow: FlowNet2) -> None:
    with torch.inference_mode():
        forth, back = flow.both_ways(_lightness(1, 2), _lightness(2, 3))
    for got, name, frames in ((forth, "flow_backward", (0, 1)), (back, "flow_forward", (1, 2))):
        torch.testing.assert_close(got, golden("a")[name][list(frames)], atol=5e-4, rtol=0)


def test_any_size_and_number_of_pairs(flow: FlowNet2) -> None:
    """Padding repeats the border, so a picture that a multiple of 64 would fit gets the same flow."""
    wide = F.pad(_lightness(0, 1, 2), (0, 24, 0, 40), mode="replicate")
    with torch.inference_mode():
        odd = flow.between(wide[:2, :, :, :88], wide[1:, :, :, :88])
        whole = flow(
            F.pad(wide, (0, 40, 0, 24), mode="replicate")[:2],
            F.pad(wide, (0, 40, 0, 24), mode="replicate")[1:],
        )
    assert odd.shape == (2, 2, 104, 88)
    torch.testing.assert_close(odd, whole[..., :104, :88], atol=5e-4, rtol=0)


def test_a_constant_added_to_both_pictures_changes_nothing(flow: FlowNet2) -> None:
    with torch.inference_mode():
        there = flow(_lightness(1) / 2, _lightness(0) / 2)
        brighter = flow(_lightness(1) / 2 + 30, _lightness(0) / 2 + 30)
    torch.testing.assert_close(brighter, there, atol=5e-4, rtol=0)
