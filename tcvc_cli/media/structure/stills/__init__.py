"""What the files of photographs are made of."""
