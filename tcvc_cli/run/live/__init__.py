"""A film that is coloured as it comes, and may never end; `colorize.py` tells the story."""
