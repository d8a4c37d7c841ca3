"""Steadiness for colours that another tool gave frame by frame."""
