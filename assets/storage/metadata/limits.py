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

PROBE_RESULTS_KEPT = timedelta(days=7)
"""What the probe saw longer ago is forgotten when it writes the next result."""

BUILD_REPORTS_MAX = 10_000
"""Builds by services that Dagster has not been told of; one more and the oldest is forgotten."""

PACE_BLOCK_BYTES = 4096
"""What a block counts for, besides its payload, when work is measured and runs are sized."""

PACE_WORK_MIN = 1024 * 1024
"""Bytes of work below which a run says nothing about the pace: it is all start and commit."""

PACE_KEPT = 0.75
"""What the measurements so far weigh beside a new one of the same size."""

FORGET_PROCESSES_WAIT_S = 2.0
"""Forgetting processes waits so long for those who look at them, as others wait behind it."""

NEWEST_BLOCKS_MAX = 1_000
"""Threads of a process whose open spans are told; those whose last block is older are not."""
