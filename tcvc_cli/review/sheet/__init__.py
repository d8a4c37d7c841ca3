"""A contact sheet of a film: a frame of each shot, before and after."""
