"""What is damaged in a film, by all that its container, its codec and its decoder say."""
