"""The Arrow Flight door."""
