"""How the describer of `tcvc-places` is trained: by what the colours of one frame are found in another."""
