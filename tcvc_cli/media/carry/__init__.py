"""Everything beside the picture: what a container can hold, and its way into the result."""
