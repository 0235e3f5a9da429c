"""Decoders of the `limnograph/v1` container: one module per kind of block."""
