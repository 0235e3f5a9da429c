"""Functions of timestamps and intervals."""
