"""The limits of materialization and of tail reading."""

COMMIT_ROWS_MAX = 1_000_000
"""Event rows of one commit; beyond it the work goes on in another commit. Bounds memory."""

COMMIT_PAYLOAD_BYTES_MAX = 32 * 1024 * 1024
"""Stored payload bytes of one commit; beyond it the work goes on in another commit."""

PLAN_BLOCKS_MAX = 200_000
"""Block rows that one plan reads from Postgres; slices beyond it wait for the next commit."""

CONFLICTS_MAX = 12
"""Times in a row that a commit may lose against another one before the attempt is given up."""

CONFLICT_PAUSE_S = 0.05
"""Longest first pause after a lost commit; doubles up to a hundredfold, with jitter."""

FETCH_BYTES_MAX = 64 * 1024 * 1024
"""Payload bytes held at once while blocks are fetched; more wait until these are decoded."""

FETCH_GAP_BYTES_MAX = 64 * 1024
"""Bytes of other blocks read along when that saves a request to the object store."""

FETCH_RANGE_BYTES_MAX = 16 * 1024 * 1024
"""Length at which a joined read ends; a single larger block is still read whole."""

FETCH_THREADS_MAX = 8
"""Objects that one call reads at the same time; more wait their turn."""

CACHE_BYTES_DEFAULT = 256 * 1024 * 1024
"""Budget of a cache of decoded blocks when none is given; the oldest used go first."""

ON_DEMAND_TAIL_BYTES = 8 * 1024 * 1024
"""Stored bytes of one process's tail beyond which a query materializes it before reading."""

ON_DEMAND_WAIT_S = 30.0
"""How long a query waits for another one that materializes the same process; then it reads on."""

ON_DEMAND_POLL_S = 0.1
"""Pause between two looks whether that other one is done."""

LIVE_VALUES_MAX = 10_000_000
"""Values (rows times columns) of a live view that one scan may read; more are refused."""

QUARANTINE_REASON_CHARS_MAX = 500
"""Length at which the recorded reason of a quarantine is cut."""
