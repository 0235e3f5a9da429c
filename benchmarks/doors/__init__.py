"""Benchmarks of the doors: how fast rows leave, how soon small answers come, what stays behind."""
