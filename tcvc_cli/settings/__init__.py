"""What people decided about a film: the pictures in colour that they gave, and what each of them shows."""
