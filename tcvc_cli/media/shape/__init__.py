"""How a picture is shown: where its chroma stands, which shape it has, which field comes first."""
