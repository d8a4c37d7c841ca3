"""A second of each of the most different shots of a film, coloured, as a short film."""
