"""What the film remembers: pictures in colour, and which place of them looks like a place at hand."""
