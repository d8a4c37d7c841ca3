"""Which files are taken for the published weights, and which are refused, naming the tensor."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, dtype

from examples.filled_weights import published_state
from tcvc_cli.errors import WeightsRefused
from tcvc_cli.model.networks.idc import TcvcIdc
from tcvc_cli.model.networks.siggraph17 import Siggraph17
from tcvc_cli.model.weights.published import check_state_dict
from tests.material.present import present


@pytest.fixture
def whole() -> dict[str, Tensor]:
    with torch.device("meta"):  # names, shapes and types, no memory
        return dict(TcvcIdc().state_dict())


@pytest.fixture
def branch() -> dict[str, Tensor]:
    with torch.device("meta"):
        return dict(Siggraph17().state_dict())


def test_the_whole_checkpoint_is_accepted_also_when_saved_in_parallel(whole: dict[str, Tensor]) -> None:
    check_state_dict(whole)
    check_state_dict({f"module.{name}": tensor for name, tensor in whole.items()})


@pytest.mark.parametrize("name", ["weigting.conv1.bias", "flow.flownets_1.predict_flow2.weight"])
def test_a_missing_tensor_is_named(whole: dict[str, Tensor], name: str) -> None:
    del whole[name]
    with pytest.raises(WeightsRefused, match=f"{name} is missing"):
        check_state_dict(whole)


def test_an_unexpected_tensor_is_named(whole: dict[str, Tensor]) -> None:
    whole["flow.flownets_1.upsampled_flow6_to_5.bias"] = torch.zeros(2)
    with pytest.raises(WeightsRefused, match=r"flownets_1\.upsampled_flow6_to_5\.bias is unexpected"):
        check_state_dict(whole)


def test_another_shape_is_named(whole: dict[str, Tensor]) -> None:
    whole["weigting.conv3.weight"] = torch.zeros(2, 64, 3, 3)
    with pytest.raises(
        WeightsRefused, match=r"weigting\.conv3\.weight is \(2, 64, 3, 3\); it should be \(1, 64"
    ):
        check_state_dict(whole)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.int8])
def test_another_type_is_named(whole: dict[str, Tensor], dtype: dtype) -> None:
    name = "feature_refine.conv2.bias"
    whole[name] = whole[name].to(dtype)
    with pytest.raises(WeightsRefused, match=f"{name} is {dtype}; it should be torch.float32"):
        check_state_dict(whole)


def test_the_anchor_branch_alone_is_not_the_whole_model(branch: dict[str, Tensor]) -> None:
    check_state_dict(branch, network="siggraph17")
    with pytest.raises(WeightsRefused, match=r"L_fea_extractor\.0\.weight is missing"):
        check_state_dict(branch)


@pytest.mark.slow
def test_the_oldest_file_without_batch_counters_is_accepted_and_loads_strictly(
    branch: dict[str, Tensor],
) -> None:
    old = {name: tensor for name, tensor in published_state(branch).items() if "num_batches" not in name}
    assert len(old) == len(branch) - 9
    check_state_dict(old, network="siggraph17")
    network = Siggraph17()
    network.load_state_dict(old)
    norm = network.model7[6]
    assert isinstance(norm, torch.nn.BatchNorm2d)
    assert torch.equal(present(norm.running_var), old["model7.6.running_var"])
