"""Limits of window functions; each sentence says what happens at the limit."""

LOOPED_PARTITIONS_MAX = 2_000
"""More partitions are searched all at once, by halving; fewer one after the other."""

SCANNED_PARTITION_ROWS_MIN = 64
"""Where all partitions are smaller, growing frames are put together from halves, not scanned."""

FRAME_CHUNK_ROWS = 2_000_000
"""Frames that are written out row by row for an aggregate are written so many rows at a time."""

FRAME_ROWS_MAX = 500_000_000
"""
More rows, all frames together, are refused with FrameTooLarge; it concerns only aggregates that
cannot be put together from parts (medians, arrays, texts, DISTINCT).
"""
