"""Whether the bytes of a film are all there, and were read without an error."""
