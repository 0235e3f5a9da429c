"""The limits of the metadata: what happens at each is in its sentence."""

from datetime import timedelta

CLOSING_DELAY = timedelta(seconds=60)
"""An hour is closed this long after its end, so that a clock set back by less changes nothing."""

CLOSINGS_PER_CALL_MAX = 1_000
"""Hours closed by one statement; after a long idle time the rest follows in further ones."""

OPEN_RANGES_MAX = 32
"""Ranges of insert time in one tail query; more are merged, which reads a few hours too many."""

REPLAY_WINDOW = timedelta(days=7)
"""A block id is remembered this long; a block sent again later would be stored twice."""

KEYS_FORGOTTEN_PER_CALL_MAX = 20_000
"""Block ids forgotten by one clean-up call; the rest goes with the next calls."""

REPEATS_KEPT = timedelta(days=30)
"""A block that was delivered again is forgotten by `repeated_blocks` this long after the last
time."""

ORPHANS_ADOPTED_PER_CALL_MAX = 5_000
"""Orphans that one sweep moves to blocks in one transaction; the rest goes with the next."""

STAGED_ROWS_MAX = 1_000_000
"""Rows of blocks, and payloads, that wait for their other half: a call with more is refused."""

STAGED_BYTES_MAX = 64 << 30
"""The same for the bytes of the payloads."""

STAGED_KEEP = timedelta(days=7)
"""A half that has waited longer is forgotten: its other half never came."""

RECORDS_PER_STATEMENT = 4096
"""More processes or streams of one batch go in several statements of its transaction."""

DETACH_WAIT_S = 30.0
"""Dropping a day of blocks waits so long for transactions that use them, then for its next turn."""
