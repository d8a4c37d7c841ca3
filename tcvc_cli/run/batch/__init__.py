"""Many films: finding them, running them, reporting on them."""
