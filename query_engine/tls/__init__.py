"""TLS of both doors: the files that an operator names, checked, and followed when they change."""
