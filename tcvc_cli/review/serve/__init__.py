"""Lends the page to the browser of this machine, saves what is chosen on it, and colours again."""
