"""The time that the pictures of the slow request show: its own, and a little around it."""

from limnograph.client.times import rfc3339

__all__ = ["AROUND_NS", "rfc3339"]

AROUND_NS = 20_000_000
