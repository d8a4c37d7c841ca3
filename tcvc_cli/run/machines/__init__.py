"""Who computes where: which process works in a folder, shards of a folder of films, and how they stand."""
