"""What stands beside a result and says how it came to be."""
