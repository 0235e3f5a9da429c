"""Functions that choose between values."""
