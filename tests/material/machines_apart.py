"""A node of a Ray cluster as a process of its own, until its stdin ends; in a mount namespace of its own, its
workers do not see what others have on their disks: python -m tests.material.machines_apart ADDRESS."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ROOT = Path(__file__).parents[2]
STORE_BYTES = 80 * 2**20


@dataclass(frozen=True, slots=True)
class Apart:
    """`address` is of the cluster, `temporary` are the folders for temporary files of its two machines, which
    do not see `hidden`."""

    address: str
    temporary: tuple[Path, Path]
    hidden: Path

    def left(self) -> list[str]:
        """What lies in the folders of the machines."""
        return [path.name for folder in self.temporary for path in folder.iterdir()]


def main(address: str) -> None:
    from ray import cluster_utils

    cluster: Any = cluster_utils.Cluster(initialize_head=False, shutdown_at_exit=True)
    cluster.head_node = SimpleNamespace(gcs_address=address)
    cluster.redis_address, cluster.redis_username, cluster.redis_password = address, "", ""
    node = cluster.add_node(
        wait=False, num_cpus=1, node_ip_address="127.0.0.1", object_store_memory=STORE_BYTES
    )
    sys.stdin.read()
    node.kill_all_processes(check_alive=False, allow_graceful=False)


if __name__ == "__main__":
    main(sys.argv[1])
