"""Limits of the Delta tables, each with what happens when it is reached."""

from datetime import timedelta

CHECKPOINT_INTERVAL = 20
"""Commits between checkpoints: the longest log that opening a table reads one file at a time."""

LOG_RETENTION = "interval 1 days"
"""Log entries older than this are removed at a checkpoint; no reader pins a version for so long."""

HANDLE_COMMITS = 100
"""A cached handle that has followed so many commits is opened anew: following slows it down."""

LOG_READERS = 8
"""Log entries read at once when a table is opened or followed; the others wait."""

CREATE_ATTEMPTS = 8
"""Creating a table, or adding its columns, that races with others so often: WriteConflict."""

COMMIT_ATTEMPTS = 8
"""An append that keeps meeting maintenance of other slices ends in WriteConflict after so many."""

DELTA_RETRIES = 50
"""Compatible concurrent commits that one attempt steps over before it counts as a conflict."""

ROW_GROUP_ROWS = 262_144
"""Rows of a Parquet row group; more rows begin another."""

LOOKUP_ROW_GROUP_ROWS = 32_768
"""The same where rows are sorted by what they are looked up by: a lookup reads one such group. A
lookup in a file of a million rows takes a fifth of the time; the file grows by less than 1 %."""

ZSTD_LEVEL = 1
"""Higher levels cost more CPU, and ids and numbers come out larger with them: level 3 took 3 to 5 %
more bytes for logs and spans, and as many as it saved for the others."""

STATISTICS_CHARS = 64
"""Longer texts are cut in the log's statistics, upwards at the top, so that bounds stay bounds."""

REPEATS_SAMPLE_ROWS = 1000
"""About so many rows of a file are looked at to find columns whose values repeat; of fewer rows,
all columns are taken to."""

REPEATS_SHARE = 0.9
"""A column of which more than this share of a sample is different is kept without a dictionary."""

REPLACE_SLICES = 200
"""Slices in one replacing commit; more are refused: its log entry would take all readers long."""

EXCHANGE_ATTEMPTS = 30
"""An exchange of files that others overtake so often, each by a commit, ends in WriteConflict."""

TARGET_BYTES = 128 * 2**20
"""Default size of the files that compaction makes; more bytes of a slice become more files."""

SMALL_SHARE = 4
"""A file of less than this part of the target size is small: only such files are merged."""

MERGE_BYTES = 512 * 2**20
"""Default memory of one merge; the rows of more go through files on local disk."""

MERGE_RUN_SHARE = 4
"""Rows of this part of a merge's memory are sorted at once; more of them make another run."""

MERGE_BATCH_SHARE = 64
"""Rows of this part of a merge's memory are read at once from each run."""

MERGE_FAN_IN = 16
"""Runs that are read side by side; of more, some are made one before."""

MERGE_BATCH_ROWS_MIN = 1024
"""Rows that are read at once from a run however large they are."""

MERGE_LEFT_OVER_KEEP = timedelta(days=1)
"""Files of a merge on local disk that are older than this were left by a killed one: removed."""

MERGE_FIRST_ROWS = 65_536
"""Rows that a merge reads first, to see what rows weigh; then as many as its memory takes."""

COMPACT_ATTEMPTS = 3
"""A compaction that meets writes to its slice so often is left to its next turn, and reported."""

RETIRE_ATTEMPTS = 5
"""Retiring slices that are being written is given up after so many tries, until its next turn."""

VACUUM_KEEP_MIN = timedelta(hours=1)
"""Vacuum refuses to keep less: running queries and unfinished commits still need their files."""

CACHE_BYTES = 256 * 2**20
"""Default budget of a TableCache; beyond it the least recently used tables are forgotten."""

HOT_ROWS = 1000
"""A commit of fewer rows promotes no key: it says too little about what is frequent."""

HOT_SAMPLE_ROWS = 10_000
"""About so many rows of a commit are looked at to find keys that are frequent."""

HOT_SHARE = 0.1
"""A key that fewer rows than this share have is not promoted."""

PROMOTED_VALUE_BYTES = 64
"""A key whose values are longer on average is not promoted: it would be stored twice."""

PROMOTED_ID_BYTES = 16
"""A key whose values are so long and hardly ever the same (ids of traces) is promoted only by name:
such values do not compress, so a second copy of them would make the table a third larger."""

LOOKUP_WRITERS = 8
"""Bloom filters of one commit that are put at once; the others wait."""

LOOKUP_READERS = 16
"""Bloom filters that one lookup reads from the store at once; the others wait."""

LOOKUP_VALUES_MAX = 200
"""A lookup of more values reads every file that its statistics leave: most files hold one of so
many."""

LOOKUP_CACHE_BYTES = 64 * 2**20
"""Pages of Bloom filters that a query service keeps; beyond it the least recently used are
forgotten."""

LOOKUP_MISSING_KEPT_S = 60.0
"""A filter that is missing is not looked for again for so long: its file is read meanwhile."""
