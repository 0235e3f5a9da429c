"""Window functions: one file each, listed in the catalog."""
