"""For people who look: the page, sheets, previews and comparisons of a film, and what is to be said of it."""
