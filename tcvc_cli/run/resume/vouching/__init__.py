"""Whether what lies in a work folder, and what a run reads, is still what it was."""
