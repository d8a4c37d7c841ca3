"""The commands that give a film its colours, or decide about them."""
