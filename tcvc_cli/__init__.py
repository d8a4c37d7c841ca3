"""tcvc: black-and-white films into colour films whose colours hold still."""

__version__ = "0.1.0"
