"""What is finished of a film, and whether a later run may go on from there."""
