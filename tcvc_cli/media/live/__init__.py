"""Films that are read and written as they come, and may never end."""
