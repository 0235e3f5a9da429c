"""Limits of maintenance, each with what happens when it is reached."""

STEPS_MAX = 1_000
"""Steps of one run of a task; what is left over is in the plan of the next run."""

SLICES_PER_COMMIT = 200
"""Slices that one step of retention removes from a table; more are further steps."""

SEGMENTS_PER_STEP = 1_000
"""Segments that one step deletes; more are further steps."""

RAW_DAYS_MIN = 2
"""Days of raw blocks, today included, that no rule about their size drops."""
