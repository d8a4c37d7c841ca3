"""What files say in their own structure and FFmpeg does not tell: boxes, EBML, headers."""
