"""What the proof reads by itself, by `media/witness`, without the readers that results are made with."""
