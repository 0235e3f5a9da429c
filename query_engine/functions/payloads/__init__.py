"""Functions of the bytes that applications sent."""
