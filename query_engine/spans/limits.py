"""Limits of the functions over call trees; each sentence says what happens at the limit."""

FLAME_DEPTH_MAX = 256
"""Deeper spans are not told apart: their time counts as self time of the span at this depth."""

FLAME_PATHS_MAX = 200_000
"""More different call paths are refused with TooManyPaths."""

DENSE_IDS_FACTOR = 8
"""Numbers that lie within so many times their count are looked up in a table, others sorted."""

TRACE_DEPTH_MAX = 512
"""Spans of a trace that are enclosed by more others have a NULL path."""

LEVEL_SPANS_MIN = 16
"""Traces with fewer spans for each level are ordered span by span, others a level at a time."""
