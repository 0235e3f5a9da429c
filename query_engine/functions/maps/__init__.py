"""Functions of maps of any keys and values."""
