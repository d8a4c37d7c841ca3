"""Proof that only colour was added; `compare.py` is its way in."""
