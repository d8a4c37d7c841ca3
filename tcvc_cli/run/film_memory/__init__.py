"""What is remembered of a film for each of its shots: references, points, and frames that were settled."""
