"""A Ray cluster of two nodes on this machine, each with one CPU, that listens on loopback alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
STORE_BYTES = 80 * 2**20


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """Its address. Processes of the cluster find the program and the tests where they are."""
    if os.name == "nt":
        pytest.skip("Ray has no clusters on Windows")
    utils: Any = pytest.importorskip("ray.cluster_utils")
    node = {"num_cpus": 1, "node_ip_address": "127.0.0.1", "object_store_memory": STORE_BYTES}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("OMP_NUM_THREADS", "1")
        two = utils.Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
        two.add_node(**node)
        yield two.address
        two.shutdown()
