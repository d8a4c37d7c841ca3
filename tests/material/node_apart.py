"""A node of a Ray cluster as a process of its own, until its stdin ends: python -m tests.material.node_apart
ADDRESS. In a mount namespace of its own, its workers do not see what others have on their disks."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any


def main(address: str) -> None:
    from ray import cluster_utils

    cluster: Any = cluster_utils.Cluster(initialize_head=False, shutdown_at_exit=True)
    cluster.head_node = SimpleNamespace(gcs_address=address)
    cluster.redis_address, cluster.redis_username, cluster.redis_password = address, "", ""
    node = cluster.add_node(
        wait=False, num_cpus=1, node_ip_address="127.0.0.1", object_store_memory=80 * 2**20
    )
    sys.stdin.read()
    node.kill_all_processes(check_alive=False, allow_graceful=False)


if __name__ == "__main__":
    main(sys.argv[1])
