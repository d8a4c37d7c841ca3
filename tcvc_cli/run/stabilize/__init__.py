"""Colours that another tool gave a film frame by frame, steadied; `stabilize.py` tells the story."""
