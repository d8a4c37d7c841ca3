"""Which shots to look at first, and why."""
