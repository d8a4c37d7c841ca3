"""What people decided about the shots of a film, brought to its colours."""
