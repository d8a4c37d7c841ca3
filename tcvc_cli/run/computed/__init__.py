"""The part of a film's story that needs the network, and with it PyTorch."""
