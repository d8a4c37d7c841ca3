"""Who computes where: one process, several, a cluster, or machines that share a disk."""
