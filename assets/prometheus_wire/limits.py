"""The limits of reading remote write; `_native/limits.h` has the same, and tests compare them."""

LABELS_MAX = 128
"""Labels of one series or exemplar; one with more is refused, the others of its request are not."""

TARGETS_MAX = 10_000
"""Pairs of job and instance in one request; one with more is refused: each is a block."""

SYMBOLS_MAX = 1 << 20
"""Texts in the table of a request; one with more is refused."""

BUCKETS_MAX = 1 << 16
"""Buckets on one side of a native histogram, gaps included; one with more is refused alone."""

METADATA_MAX = 100_000
"""Families that one request describes; one with more is refused."""

EXPANDED_BYTES_MAX = 64 << 20
"""Bytes of labels looked at and points written for one request; more is refused: a reference of
two bytes may mean a text of megabytes."""
