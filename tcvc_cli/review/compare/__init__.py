"""A film and another one of the same frames, in one picture."""
