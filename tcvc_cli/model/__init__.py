"""The networks and what moves their features through a film. Importing this package does not import torch."""
