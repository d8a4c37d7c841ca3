"""Changes a settings file and leaves the rest of it as a person wrote it."""
