"""Weights by name: the list, the files, and where they come from."""
