"""Who may ask for what, and how it is answered: everything that is said over the connection."""
