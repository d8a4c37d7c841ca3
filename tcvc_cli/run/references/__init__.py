"""What is given and what is remembered of a film: its references found, its shots' colours settled."""
