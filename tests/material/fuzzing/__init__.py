"""Damaged films and files beside them, each given to the command that reads it, in a process of its own."""
