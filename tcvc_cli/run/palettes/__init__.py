"""Lays the colourings that a model has for each shot side by side, for a person to choose."""
