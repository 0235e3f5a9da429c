"""Functions of JSON values."""
