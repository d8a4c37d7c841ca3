"""One film, from the file to the colour film beside it; `colorize.py` tells the story."""
