"""Who computes where: one process, several, or a cluster."""
