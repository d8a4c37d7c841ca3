"""Which machine computes what: shards of a folder, and what stands of them on a shared disk."""
