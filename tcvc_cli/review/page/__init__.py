"""The page: what a film and its result look like, shot by shot, and what can be chosen."""
