"""Prometheus remote write: what a Prometheus scrapes becomes rows of ours."""
