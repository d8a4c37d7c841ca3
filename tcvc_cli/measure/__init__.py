"""Judges a result: how near to the truth, how colourful, how steady, and whether nothing else was lost.

Every figure is computed in float64 and defined, with its source, in the docstring of its function.
"""
