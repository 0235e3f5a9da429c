"""The SQL functions: one file each, listed in a catalog."""
