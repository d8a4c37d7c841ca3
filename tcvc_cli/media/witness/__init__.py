"""The proof's own reading of a film: nothing in here goes through the readers that a result is made with."""
