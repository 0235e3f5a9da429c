"""What maintenance costs, and that queries are right and quick while it goes on."""
