"""Shows and changes what people decided about a film."""
