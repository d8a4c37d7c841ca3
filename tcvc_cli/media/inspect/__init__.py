"""What a file holds, read for the proof: descriptions, packets, decoded sound and text."""
