"""C2PA content credentials: who signs a result, what is said of it, and whether that holds."""
