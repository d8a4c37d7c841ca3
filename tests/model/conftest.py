"""The published model, which is big: built once for all tests of it."""

from __future__ import annotations

import pytest

from examples.filled_weights import published_model
from tcvc_cli.model.networks.idc import TcvcIdc


@pytest.fixture(scope="session")
def model() -> TcvcIdc:
    """In eval mode, with the weights of `filled_weights`: what changes it must change it back."""
    return published_model()
