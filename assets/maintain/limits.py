"""Limits of maintenance, each with what happens when it is reached."""

from datetime import timedelta

STEPS_MAX = 1_000
"""Steps of one run of a task; what is left over is in the plan of the next run."""

SLICES_PER_COMMIT = 200
"""Hours that one step of retention removes from a table; more are further steps."""

SEGMENT_AGE_MIN = timedelta(days=1)
"""A younger segment is neither swept nor rewritten: its blocks may be on their way still."""

SEGMENTS_PER_STEP = 1_000
"""Segments that one step deletes; more are further steps."""

REBUILT_PER_STEP = 24
"""Slices that one step of rebuild_changed replaces; more are further steps."""

RAW_DAYS_MIN = 2
"""Days of raw blocks, today included, that no rule about their size drops."""

SAMPLED_DAYS_PER_RUN = 31
"""Days that a rule of sampling looks at in one run, the oldest; more are left to the next runs."""

KEPT_PROCESSES_MAX = 1_000_000
"""Processes that a rule of sampling may keep of a day; a rule that keeps more forgets nothing."""

REWRITE_BYTES_MAX = 32 << 20
"""Payload bytes that a rewrite holds in memory and puts in one new segment, or one payload."""

REWRITE_SEGMENTS_MAX = 10_000
"""Mostly dead segments that one run rewrites; more are left to the next ones."""

INDEX_BYTES_PER_BLOCK = 512
"""About what a segment's index says of a block: so many of its bytes were never payload."""

OBJECTS_PER_DELETE = 1_000
"""Objects of a dropped table that are deleted at once; the others follow."""

SPACE_DAYS_MIN = 2
"""Days, today included, of which nothing goes for want of space; space_retention fails instead."""

SPACE_HELD_DAYS_MAX = 3
"""Days that cannot go, and that space_retention passes over; at more it removes none after them."""

SPACE_LOW_PERCENT = 90
"""A lake over its budget is brought down to so much of it, and then left until it is over again."""

SPACE_FREE_MORE_PERCENT = 5
"""A disk that is too full gets so many percent of its size more free than the rule asks for."""

PROCESS_AGE_MIN = timedelta(days=1)
"""A process that registered later is not forgotten: its first blocks may be on their way."""

PROCESSES_PER_STEP = 1_000
"""Processes that one step forgets, while nobody can look at processes; more are further steps."""

ORPHAN_DAYS = 35
"""Days of segments that orphan_sweep lists, so that a missed Sunday loses nothing; older orphans
stay until somebody asks for more days."""
