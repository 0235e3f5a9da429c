"""Checksums of texts and bytes."""
