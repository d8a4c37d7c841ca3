"""The planes of the picture, frame by frame."""
