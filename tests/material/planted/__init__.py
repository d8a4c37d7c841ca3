"""Originals, and what is done to a faultless copy of each: one property, and nothing else, is wrong then."""
