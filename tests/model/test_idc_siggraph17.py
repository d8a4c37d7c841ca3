"""The anchor branch against tensors that the published code produced with the same weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tcvc_cli.model.networks.idc import TcvcIdc
from tcvc_cli.model.networks.siggraph17 import Siggraph17
from tests.material.golden_arrays import golden


@pytest.fixture(scope="module")
def branch(model: TcvcIdc) -> Siggraph17:
    return model.fea_key


@pytest.mark.slow
def test_colours_and_features_are_the_published_ones(branch: Siggraph17) -> None:
    with torch.inference_mode():
        ab, features = branch(golden("a")["L"][0][None, None])
    torch.testing.assert_close(ab[0], golden("a")["sig_ab"], atol=1e-5, rtol=0)
    torch.testing.assert_close(features[0], golden("a")["sig_feat"], atol=1e-5, rtol=0)
    spread = features[0].double()
    np.testing.assert_allclose(spread.mean((1, 2)), golden("a")["sig_feat_chmean"], atol=1e-5, rtol=0)
    np.testing.assert_allclose(spread.flatten(1).std(1), golden("a")["sig_feat_chstd"], atol=1e-5, rtol=0)


@pytest.mark.slow
def test_colours_follow_from_the_features_alone(branch: Siggraph17) -> None:
    with torch.inference_mode():
        ab, features = branch(golden("a")["L"][1][None, None])
        torch.testing.assert_close(branch.model_out(features), ab, atol=0, rtol=0)
