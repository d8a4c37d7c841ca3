"""What is computed of a window's frames while more of them come."""
