"""Limits of the checks, each with what happens when it is reached."""

from datetime import timedelta

SLICES_RECONCILED = 24
"""Slices of a table, the newest, whose rows are counted; older ones were checked when new."""

BLOCKS_NAMED_MAX = 3
"""Blocks that a failing check names; it counts them all."""

LAG_MAX = timedelta(minutes=15)
"""A table that lacks a block older than this is late: queries are right, but dearer."""

GAP_AGE_MAX = timedelta(hours=2)
"""An hour that ended longer ago than this, and is still not covered, is a gap."""

SLICE_FILES_MAX = 48
"""A slice that has ended with more files than this has not been compacted."""

TABLE_FILES_MAX = 10_000
"""A table of more live files than this makes every query slower to plan."""

PROBE_WINDOW = timedelta(minutes=30)
"""Rounds of the probe that are judged: what went wrong before has passed."""

PROBE_SILENT = timedelta(minutes=10)
"""A probe that has written nothing for longer does not run, or cannot reach Postgres."""

PROBE_OFF = timedelta(days=1)
"""A probe that has been silent for longer was switched off."""
