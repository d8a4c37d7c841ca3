"""What a reading of a film leaves to later ones in the same process."""
