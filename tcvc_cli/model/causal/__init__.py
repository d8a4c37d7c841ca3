"""A shot coloured frame by frame, from what came before alone."""
