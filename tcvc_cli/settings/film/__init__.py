"""The settings of one film: what people decided about it, shot by shot."""
