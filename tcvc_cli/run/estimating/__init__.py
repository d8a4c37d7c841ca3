"""What a run will take: how fast its stages are, by earlier runs or by a sample, and how large it gets."""
