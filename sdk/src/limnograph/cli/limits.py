"""Bounds of the command: what happens at each, and why it is there."""

ROWS_SHOWN = 1000
"""
Rows of a table on a terminal; the rest is counted only. Also the rows that the widths of columns
are taken from: further ones, in a pipe or a file, overflow instead of being held in memory.
"""

CELL_WIDTH_MAX = 120
"""Columns of a terminal that one cell may take; a longer text is cut and ends in an ellipsis."""

CELL_WIDTH_MIN = 12
"""Cells of text are not cut below this; columns that do not fit then are left out and named."""

LOG_ROWS = 100
"""Log entries that ``limno logs`` shows at first, the newest ones; ``--limit`` says otherwise."""

FOLLOW_INTERVAL_S = 1.0
"""How long ``--follow`` waits between two looks."""

FOLLOW_OVERLAP_S, FOLLOW_LATE_S = 5, 120
"""
How far behind the newest block ``--follow`` looks: at each look, and at every
``FOLLOW_LATE_EVERY``th. A block that becomes visible later than the second after its insert
time is not shown.
"""

FOLLOW_LATE_EVERY = 10

FOLLOW_BLOCKS_MAX = 500_000
"""
Block ids that ``--follow`` remembers. Beyond, the oldest are forgotten and no longer looked for: a
later block of that age would be missed, none is shown twice.
"""

FOLLOW_ROWS_PER_QUERY, FOLLOW_BLOCKS_PER_QUERY = 50_000, 500
"""Log entries and blocks that one query of ``--follow`` asks for; more are asked for in turns."""

RETRY_SECONDS = (0.5, 1.0, 2.0, 5.0)
"""Waits of ``--follow`` while the service is away; the last one repeats, without an end."""

TABLE_NAMES_AGE_S = 3600
"""How old remembered names of tables may be for TAB; older ones are asked for again."""

TABLE_NAMES_WAIT_S = 2.0
"""How long TAB waits for the service's answer; without one it offers nothing."""

STATUS_PROBES = 5
"""Small queries that ``limno status`` times."""
