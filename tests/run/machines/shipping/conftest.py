"""A Ray cluster whose workers are on two machines that do not see the folders of this one: each node is in a
mount namespace of its own, where nothing of what the tests write is there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.material.machines_apart import ROOT, STORE_BYTES, Apart

HIDING = 'mount -t tmpfs none "$1" && shift && exec "$@"'


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apart]:
    utils: Any = pytest.importorskip("ray.cluster_utils")
    hidden = tmp_path_factory.getbasetemp()
    if subprocess.run(hiding(hidden, "true"), check=False, capture_output=True).returncode:
        pytest.skip("no mount namespaces here")
    head = {"num_cpus": 0, "node_ip_address": "127.0.0.1", "object_store_memory": STORE_BYTES}
    with ExitStack() as held:
        patch = held.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("OMP_NUM_THREADS", "1")
        cluster = utils.Cluster(initialize_head=True, head_node_args={**head, "include_dashboard": False})
        held.callback(cluster.shutdown)
        place = Path(tempfile.mkdtemp(prefix="tcvc-apart-", dir="/tmp"))
        held.callback(shutil.rmtree, place)
        folders = place / "one", place / "two"
        for count, folder in enumerate(folders, 2):  # they would take each other's sockets
            folder.mkdir()
            held.enter_context(node(cluster.address, hidden, folder))
            wait_for_nodes(cluster, count)
        yield Apart(cluster.address, folders, hidden)


def hiding(hidden: Path, *command: str) -> list[str]:
    return ["unshare", "-rm", "sh", "-c", HIDING, "sh", str(hidden), *command]


@contextmanager
def node(address: str, hidden: Path, temporary: Path) -> Iterator[None]:
    """Of the cluster, while the block runs."""
    command = hiding(hidden, sys.executable, "-m", "tests.material.machines_apart", address)
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.PIPE) as running:
        try:
            yield
        finally:
            assert running.stdin is not None
            running.stdin.close()
            running.wait(30)


def wait_for_nodes(cluster: Any, count: int) -> None:
    until = time.monotonic() + 60
    while sum(one["Alive"] for one in cluster.global_state.node_table()) < count:
        assert time.monotonic() < until
        time.sleep(0.1)
