"""Every bound of histograms, with what happens when it is reached."""

BINS_MAX = 65_536
"""make_histogram refuses more bins: each group of a query would hold them all."""
