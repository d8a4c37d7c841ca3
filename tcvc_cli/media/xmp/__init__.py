"""XMP packets (ISO 16684-1): read, merged, and put where each container has a place for them."""
