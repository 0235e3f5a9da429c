"""The limits of what rows of OTLP hold; those of the wire stand in ``assets.otlp_wire.limits``."""

HISTOGRAM_BINS = 64
"""Bins of the histogram that SQL gets from a point's ranges."""
