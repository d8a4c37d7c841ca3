"""How words are laid out on a terminal, a narrow one too."""
