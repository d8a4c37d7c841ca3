"""Where shots begin and end, from the luma of small frames alone."""
