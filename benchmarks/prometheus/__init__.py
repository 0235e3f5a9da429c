"""What taking in Prometheus remote write costs, beside upb and a loop over series."""
