"""What `python -m benchmarks.tamper` is made of."""
