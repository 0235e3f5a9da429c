"""Packets of Perfetto's trace format."""
