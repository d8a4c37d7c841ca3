"""From a file to what is known of a film, and to its frames."""
