"""Every bound of JSON paths, with what happens when it is reached."""

PATH_CHARS_MAX = 10_000
"""A longer path is refused as invalid."""

PATH_DEPTH_MAX = 50
"""Parentheses and filters inside each other: a deeper path is refused as invalid."""

ITEMS_MAX = 1_000_000
"""A path that selects more values of one document (``.**.**`` does) ends its query."""
