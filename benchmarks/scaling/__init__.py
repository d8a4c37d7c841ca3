"""Colouring archives on many workers: measured costs, made archives, and a simulation of both."""
