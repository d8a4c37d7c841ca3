"""What a film has in colour already: whole shots, and what lies over grey ones."""
