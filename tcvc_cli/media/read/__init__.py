"""From a file to a film's metadata and its frames."""
