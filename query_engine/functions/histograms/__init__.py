"""Functions of histograms: bins of equal width with the sums that describe all values."""
