"""What a run finds out about its own colours while it makes them."""
